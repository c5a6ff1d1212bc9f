import { chromium, type Page } from 'playwright-core';
import { where } from '../../../infra/dev/locate.ts';
import { onCleanup } from '../../support/cleanup.ts';

const FLAGS = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-gpu',
];

export interface Tab {
  readonly page: Page;
  /** Dialogs, script errors and refusals of the Content-Security-Policy so far. */
  readonly complaints: readonly string[];
}

/** A fresh profile in a real Chromium, closed after the file's last test. */
export async function openTab(options: { colorScheme?: 'light' | 'dark' } = {}): Promise<Tab> {
  const browser = await chromium.launch({ executablePath: where('chromium'), args: FLAGS });
  onCleanup(() => browser.close());
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 }, ...options });
  const complaints: string[] = [];
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) complaints.push(message.text());
  });
  return { page, complaints };
}
