import { html } from 'hono/html';
import { type Html, nothing } from './format.ts';

/** @param next - the path to return to, already checked to be ours */
export const loginPage = (next: string, wrong?: string): Html => html`
  <section class="card login">
    <h1>Sign in</h1>
    ${wrong === undefined ? nothing : html`<p class="failure" role="alert">${wrong}</p>`}
    <form method="post" action="/login">
      <input type="hidden" name="next" value="${next}" />
      <label for="token">Access token</label>
      <input id="token" name="token" type="password" autocomplete="current-password" required autofocus />
      <button class="primary">Sign in</button>
    </form>
    <p class="faint">Whoever runs this Landfall can give you one.</p>
  </section>
`;
