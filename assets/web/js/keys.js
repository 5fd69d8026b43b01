// Single keys. A page says what a key does by `data-key="e"` on the button, link, field or menu itself.
import { isTyping } from "./dom.js";
import { openPalette } from "./palette.js";

let going = 0;

function use(element) {
  if (element.matches("details")) {
    element.open = true;
    element.querySelector("summary")?.focus();
    element.querySelector(".menu-body :is(input:not([type=hidden]), select, textarea)")?.focus();
  } else if (element.matches("input, textarea, select")) {
    element.focus();
  } else {
    element.click();
  }
}

function search() {
  const field = document.querySelector("main [data-search]");
  if (field) {
    field.focus();
    field.select();
  } else {
    openPalette();
  }
}

function escape() {
  if (document.activeElement && isTyping(document.activeElement)) return document.activeElement.blur();
  document.querySelector("main [data-escape]")?.click();
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "Escape") return escape();
  if (isTyping(event.target)) return;
  const key = event.key.toLowerCase();
  if (key === "/") {
    event.preventDefault();
    return search();
  }
  if (event.key === "?") {
    event.preventDefault();
    return document.getElementById("shortcuts")?.showModal();
  }
  if (performance.now() - going < 900) {
    going = 0;
    const link = document.querySelector(`[data-go="${CSS.escape(key)}"]`);
    if (link) {
      event.preventDefault();
      return link.click();
    }
  }
  if (key === "g") {
    going = performance.now();
    return;
  }
  if (key.length !== 1) return;
  const element = document.querySelector(`main [data-key="${CSS.escape(key)}"]`);
  if (element) {
    event.preventDefault();
    use(element);
  }
});

// Ctrl/⌘ Enter sends the form one writes in.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches?.("textarea")) {
    event.preventDefault();
    event.target.form?.requestSubmit(event.target.form.querySelector("[data-send]") ?? undefined);
  }
});
