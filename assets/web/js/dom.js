// Small helpers that several modules share.

/** Runs `act(element)` for each match now and in whatever htmx or a live refresh brings in later. */
export function whenShown(selector, act) {
  const seen = new WeakSet();
  const look = (root) => {
    const found = [...root.querySelectorAll(selector)];
    if (root instanceof Element && root.matches(selector)) found.push(root);
    for (const element of found) {
      if (seen.has(element)) continue;
      seen.add(element);
      act(element);
    }
  };
  look(document);
  document.addEventListener("htmx:load", (event) => look(event.detail.elt));
  document.addEventListener("console:shown", (event) => look(event.target));
}

/** Runs `act(element, event)` when `type` happens inside a match. */
export function on(type, selector, act) {
  document.addEventListener(type, (event) => {
    const element = event.target instanceof Element ? event.target.closest(selector) : null;
    if (element) act(element, event);
  });
}

/** Puts `values` into the `{name}` places of a text from the catalogue. */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (place, name) => (name in values ? String(values[name]) : place));
}

export function csrf() {
  return document.querySelector('meta[name="csrf"]')?.content ?? "";
}

export function icon(name, extra = "") {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", `icon ${extra}`.trim());
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `/assets/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/** True where a letter typed is text and not a command. */
export function isTyping(target) {
  return target instanceof Element && !!target.closest("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]");
}
