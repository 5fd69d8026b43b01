// The reply box: counts text-message segments, puts templates in, keeps a draft while one looks elsewhere.
import { csrf, fill, on, whenShown } from "./dom.js";

// GSM 03.38: the characters a text message carries in 7 bits; those of the extension table cost two.
const BASIC = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const EXTENDED = "^{}\\[~]|€\f";
const basic = new Set(BASIC);
const extended = new Set(EXTENDED);

/** How a text is cut into segments: `{segments, left, special}`; `special` is the first character that forces UCS-2. */
export function measure(text) {
  let units = 0;
  let special = null;
  for (const character of text) {
    if (basic.has(character)) units += 1;
    else if (extended.has(character)) units += 2;
    else {
      special = character;
      break;
    }
  }
  if (special) units = text.length;
  const [one, many] = special ? [70, 67] : [160, 153];
  const segments = units === 0 ? 0 : units <= one ? 1 : Math.ceil(units / many);
  const room = segments <= 1 ? one : segments * many;
  return { segments, left: room - units, special };
}

const drafts = new Map();

whenShown("[data-composer]", (form) => {
  const field = form.querySelector("textarea");
  const kept = drafts.get(form.dataset.composer);
  if (kept && !field.value) field.value = kept;
  count(form);
});

function count(form) {
  const field = form.querySelector("textarea");
  const counter = form.querySelector("[data-count]");
  if (!field || !counter) return;
  const { segments, left, special } = measure(field.value);
  const words = segments === 1 ? counter.dataset.one : counter.dataset.other;
  counter.textContent = segments ? fill(words, { n: segments, left }) : "";
  counter.classList.toggle("many", segments > 2);
  counter.title = special ? fill(counter.dataset.special, { c: special }) : "";
}

let told = 0;
on("input", "[data-composer] textarea", (field) => {
  const form = field.form;
  drafts.set(form.dataset.composer, field.value);
  count(form);
  if (form.dataset.presence && performance.now() - told > 4000) {
    told = performance.now();
    fetch(form.dataset.presence, { method: "POST", headers: { "X-CSRF-Token": csrf() } })
      .catch(() => { /* presence is a courtesy: the message itself reports a lost connection */ });
  }
});

on("submit", "[data-composer]", (form, event) => {
  if (form.dataset.sent === form.elements.intent.value) return event.preventDefault();
  form.dataset.sent = form.elements.intent.value;
  drafts.delete(form.dataset.composer);
});

document.addEventListener("htmx:sendError", (event) => {
  const form = event.target.closest?.("[data-composer]");
  if (!form) return;
  delete form.dataset.sent;
  drafts.set(form.dataset.composer, form.querySelector("textarea").value);
});
document.addEventListener("htmx:responseError", (event) => {
  const form = event.target.closest?.("[data-composer]");
  if (form) delete form.dataset.sent;
});

on("click", "[data-insert]", (item, event) => {
  const form = item.closest("form");
  const field = form?.querySelector("textarea");
  if (!field) return;
  event.preventDefault();
  const before = field.value.slice(0, field.selectionStart);
  const gap = before && !/\s$/.test(before) ? " " : "";
  field.setRangeText(gap + item.dataset.insert, field.selectionStart, field.selectionEnd, "end");
  if (item.lang) field.lang = item.lang;
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
});
