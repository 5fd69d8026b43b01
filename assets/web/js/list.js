// Lists one moves through with j and k: `[data-list]` holds `[data-row]` links.
import { isTyping, on, whenShown } from "./dom.js";

const rows = () => [...document.querySelectorAll("main [data-list] [data-row]")].filter((row) => row.offsetParent);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector("dialog[open]")) return;
  const step = { j: 1, k: -1 }[event.key.toLowerCase()];
  if (!step) return;
  const all = rows();
  if (!all.length) return;
  event.preventDefault();
  const focused = all.indexOf(document.activeElement);
  const from = focused >= 0 ? focused : all.findIndex((row) => row.getAttribute("aria-current") === "true");
  const next = all[Math.min(all.length - 1, Math.max(0, from < 0 ? 0 : from + step))];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
});

// The row that was opened is marked at once, before the server has answered.
on("click", "[data-list] [data-row]", (row, event) => {
  if (event.metaKey || event.ctrlKey || event.shiftKey) return;
  for (const other of row.closest("[data-list]").querySelectorAll('[aria-current="true"]')) other.removeAttribute("aria-current");
  row.setAttribute("aria-current", "true");
});

// A thread opens, and stays, at its newest message unless one has scrolled up.
const atEnd = new Map();
whenShown("[data-stick-to-end]", (region) => {
  if (atEnd.get(region.id)?.up && atEnd.get(region.id).path === location.pathname) region.scrollTop = atEnd.get(region.id).top;
  else if (region.scrollHeight > region.clientHeight + 1) region.scrollTop = region.scrollHeight;
  else if (matchMedia("(width < 48rem)").matches && !location.hash) region.lastElementChild?.scrollIntoView({ block: "end" });
  region.addEventListener("scroll", () => {
    const up = region.scrollHeight - region.scrollTop - region.clientHeight > 40;
    atEnd.set(region.id, { up, top: region.scrollTop, path: location.pathname });
  }, { passive: true });
});

// A day opens where the day is now.
whenShown("[data-now]", (now) => {
  const scroller = now.closest(".day-scroll");
  if (scroller && scroller.scrollTop === 0) scroller.scrollTop = now.offsetTop - scroller.clientHeight * 0.3;
});
