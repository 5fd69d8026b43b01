// A menu is a <details>: one open at a time; Escape and a click outside close it; arrows move in it.
import { on } from "./dom.js";

const open = () => [...document.querySelectorAll("details[data-menu][open]")];

function close(menu, focus) {
  menu.open = false;
  if (focus) menu.querySelector("summary")?.focus();
}

document.addEventListener("click", (event) => {
  for (const menu of open()) {
    if (!menu.contains(event.target)) close(menu, false);
  }
});

document.addEventListener("toggle", (event) => {
  const menu = event.target;
  if (!(menu instanceof HTMLDetailsElement) || !("menu" in menu.dataset) || !menu.open) return;
  for (const other of open()) {
    if (other !== menu && !other.contains(menu)) close(other, false);
  }
  menu.querySelector(".menu-body :is(input:not([type=hidden]), select, textarea)")?.focus();
}, true);

document.addEventListener("keydown", (event) => {
  const menu = event.target instanceof Element ? event.target.closest("details[data-menu][open]") : null;
  if (!menu) return;
  if (event.key === "Escape") {
    event.preventDefault();
    event.stopImmediatePropagation();
    close(menu, true);
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const items = [...menu.querySelectorAll(".menu-item")].filter((item) => item.offsetParent);
    if (!items.length || event.target.matches("textarea, select, input")) return;
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    const at = items.indexOf(document.activeElement);
    items[(at + step + items.length) % items.length].focus();
  }
}, true);

on("click", "details[data-menu] a.menu-item", (item) => close(item.closest("details[data-menu]"), false));
