// Live regions. One tab of the browser holds the event stream and tells the others; each tab asks again for the regions
// (`data-live="topic topic"`) that an event names. A region is fetched from `data-live-url` or from the page's own
// address and found in the answer by its id, so the server may send the region alone or the whole page.
//
// Stream: `id: CURSOR`, `event: change`, `data: {"topics": ["inbox", "need-…"]}`. After a break the browser sends
// `Last-Event-ID`; a tab that takes over sends the same cursor as `?after=`.
import { whenShown } from "./dom.js";

const CHANNEL = "throughline-live";
const channel = "BroadcastChannel" in window ? new BroadcastChannel(CHANNEL) : null;
let cursor = document.querySelector('meta[name="live-cursor"]')?.content ?? null;
let state = "off";
let pending = new Set();
let running = false;
const later = new Set();

function show(next) {
  state = next;
  for (const element of document.querySelectorAll("[data-live-state]")) element.dataset.state = next;
}

function receive(note) {
  if (note.ended) return location.assign("/session");
  if (note.state) show(note.state);
  if (note.cursor) cursor = note.cursor;
  if (!note.topics) return;
  for (const topic of note.topics) pending.add(topic);
  refresh();
}

function tell(note) {
  channel?.postMessage(note);
  receive(note);
}

/** One round at a time; what is named meanwhile waits for the next, and a tab nobody sees waits until it is seen. */
async function refresh() {
  if (running || document.hidden) return;
  running = true;
  while (pending.size) {
    const topics = pending;
    pending = new Set();
    await round(topics);
  }
  running = false;
}

/** A region of `schedule-2026-03-02` belongs to the topic `schedule` too. */
function concerns(region, topics) {
  return topics.has("*") || region.dataset.live.split(" ").some((own) => topics.has(own) || topics.has(own.split("-")[0]));
}

/** Asks once for each address, however many regions come from it. */
async function round(topics) {
  const wanted = new Map();
  for (const region of document.querySelectorAll("[data-live][id]")) {
    if (!concerns(region, topics)) continue;
    const url = region.dataset.liveUrl ?? location.pathname + location.search;
    wanted.set(url, [...(wanted.get(url) ?? []), region.id]);
  }
  await Promise.all([...wanted].map(([url, ids]) => bring(url, ids)));
}

async function bring(url, ids) {
  try {
    const answer = await fetch(url, { headers: { "HX-Request": "true", "X-Live": ids.join(" ") } });
    if (answer.redirected && new URL(answer.url).pathname === "/session") return location.assign("/session");
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const id of ids) swap(document.getElementById(id), page.getElementById(id));
  } catch {
    show("wait");
  }
}

/** Somebody writes in it, has a menu of it open, or waits for the answer to a press in it: htmx looks for what it is to
 * put in place from the pressed element, and finds nothing when that is no longer on the page. Or drags in it. */
function busy(region) {
  const writing = region.contains(document.activeElement) && document.activeElement.matches("input, textarea, select");
  return writing || region.querySelector("details[data-menu][open], .htmx-request, .dragging") !== null;
}

function swap(old, fresh) {
  if (!old || !fresh || old.isEqualNode(fresh)) return;
  if (busy(old)) return void later.add(old.id);
  const focused = old.contains(document.activeElement) ? document.activeElement.getAttribute("href") ?? document.activeElement.id : null;
  const top = old.scrollTop;
  old.replaceWith(fresh);
  if (!("stickToEnd" in fresh.dataset)) fresh.scrollTop = top;
  window.htmx?.process(fresh);
  fresh.dispatchEvent(new CustomEvent("console:shown", { bubbles: true }));
  if (focused) (fresh.querySelector(`[href="${CSS.escape(focused)}"]`) ?? fresh.querySelector(`#${CSS.escape(focused)}`))?.focus({ preventScroll: true });
}

/** What was left alone because it was busy is asked for again when that is over. */
function catchUp() {
  if (!later.size) return;
  setTimeout(() => {
    for (const id of later) document.getElementById(id)?.dataset.live.split(" ").forEach((topic) => pending.add(topic));
    later.clear();
    refresh();
  }, 200);
}

/** Holds the stream until this tab goes; the lock then passes to another tab. */
function lead() {
  return new Promise(() => open(500));
}

function open(delay) {
  const stream = new EventSource(cursor ? `/live?after=${encodeURIComponent(cursor)}` : "/live");
  stream.addEventListener("open", () => {
    delay = 500;
    tell({ state: "live" });
  });
  stream.addEventListener("change", (event) => {
    const { topics } = JSON.parse(event.data);
    tell({ cursor: event.lastEventId || cursor, topics });
  });
  // Signed out, here or by somebody else: what stands on the page is not to stay there.
  stream.addEventListener("ended", () => {
    stream.close();
    tell({ ended: true });
  });
  stream.addEventListener("error", () => {
    tell({ state: "wait" });
    if (stream.readyState !== EventSource.CLOSED) return;
    stream.close();
    setTimeout(() => open(Math.min(delay * 2, 30000)), delay);
  });
}

if (document.querySelector("[data-live-state]") && "EventSource" in window) {
  channel?.addEventListener("message", (event) => {
    if (event.data.ask && state !== "off") channel.postMessage({ state });
    else receive(event.data);
  });
  channel?.postMessage({ ask: true });
  document.addEventListener("visibilitychange", refresh);
  document.addEventListener("focusout", catchUp);
  document.addEventListener("toggle", catchUp, true);
  document.addEventListener("htmx:afterRequest", catchUp);
  document.addEventListener("console:idle", catchUp);
  document.addEventListener("console:refresh", (event) => receive({ topics: event.detail }));
  if (channel && navigator.locks) navigator.locks.request(CHANNEL, lead);
  else lead();
  whenShown("[data-live-state]", (element) => { element.dataset.state = state; });
}
