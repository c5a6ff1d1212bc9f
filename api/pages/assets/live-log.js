/** Fills the log of a page from server-sent events. The browser reconnects by itself and says where it stopped. */

/** More would make the page slow; the whole log can be had as a file. */
const MAX_ROWS = 5000;

/** Terminal escape codes (ECMA-48): operating system commands, control sequences, and the short ones. */
const ESCAPES = /\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|\u001b[ -/]*[0-~]/g;
/** Characters that cannot be seen, or that turn the direction of text around. */
const UNSEEN = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u200e\u200f]/g;

/** A progress bar rewrites its line with carriage returns: what stands at the end is what a terminal would show. */
const readable = (text) => {
  const bare = text.replace(ESCAPES, '').replace(/\r+$/, '');
  return bare.slice(bare.lastIndexOf('\r') + 1).replace(UNSEEN, '');
};

const cell = (className, text) => {
  const span = document.createElement('span');
  span.className = className;
  // Never as HTML: these are other people's words.
  span.textContent = text;
  return span;
};

const row = ({ at, source, text }) => {
  const line = document.createElement('div');
  line.className = `row from-${source}`;
  const time = at > 0 ? new Date(at).toLocaleTimeString([], { hour12: false }) : '';
  line.append(cell('at', time), cell('from', source), cell('text', readable(text)));
  return line;
};

const show = (log) => {
  const state = document.getElementById('log-state');
  const events = new EventSource(log.dataset.log);
  let waiting = [];

  const flush = () => {
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    log.append(...waiting.slice(-MAX_ROWS));
    waiting = [];
    while (log.childElementCount > MAX_ROWS) log.firstElementChild.remove();
    if (atEnd) log.scrollTop = log.scrollHeight;
  };

  events.addEventListener('message', (event) => {
    if (waiting.length === 0) requestAnimationFrame(flush);
    waiting.push(row(JSON.parse(event.data)));
  });
  events.addEventListener('end', () => {
    events.close();
    state.textContent = 'complete';
  });
  events.addEventListener('open', () => {
    state.textContent = 'live';
  });
  events.addEventListener('error', () => {
    state.textContent = events.readyState === EventSource.CLOSED ? 'not available' : 'reconnecting…';
  });
};

for (const log of document.querySelectorAll('[data-log]')) show(log);
