import { getExternalWorkflowHandle, log } from '@temporalio/workflow';
import type { ReleaseNews } from '../../contracts/deployment/release.ts';
import { releaseNews } from '../messages/release.messages.ts';

/** Workflows that want to hear how a release goes on. One that is gone is no error. */
export class Subscribers {
  readonly #ids = new Set<string>();
  #last: ReleaseNews | undefined;

  /** Tells it the news that still hold. */
  async add(id: string): Promise<void> {
    this.#ids.add(id);
    if (this.#last) await tell(id, this.#last);
  }

  async tell(news: ReleaseNews): Promise<void> {
    this.#last = news;
    await Promise.all([...this.#ids].map((id) => tell(id, news)));
  }

  /** The last news holds no more. */
  forget(): void {
    this.#last = undefined;
  }
}

async function tell(id: string, news: ReleaseNews): Promise<void> {
  await getExternalWorkflowHandle(id)
    .signal(releaseNews, news)
    .catch((error: unknown) => log.info('a follower is gone', { id, error }));
}
