// Visits of the schedule are moved by hand: dragged with the mouse, or with M, the arrow keys and Enter. Where one is let
// go, the server is asked what that would be; its page in the dialog says it, or why not, and moves the visit.
import { fill, on } from "./dom.js";
import { openPage } from "./dialog.js";

const STEP = 5;
let held = null;

const clock = new Intl.DateTimeFormat(document.documentElement.lang || "en", { hour: "numeric", minute: "2-digit", timeZone: "UTC" });
const two = (number) => String(number).padStart(2, "0");

function say(text) {
  let place = document.getElementById("drag-say");
  if (!place) {
    place = document.createElement("p");
    place.id = "drag-say";
    place.className = "unseen";
    place.setAttribute("role", "status");
    document.querySelector("main").append(place);
  }
  place.textContent = text;
}

const number = (item, letter) => Number([...item.classList].find((name) => new RegExp(`^${letter}-\\d+$`).test(name))?.slice(2) ?? 0);
const minutes = () => Number(held.column.dataset.from) + held.row * STEP;
const time = () => clock.format(new Date(minutes() * 60000));

/** Takes a visit up; false where there is no grid to move it on, as on a telephone. */
function take(link) {
  const grid = link.closest(".day-grid");
  const item = link.closest("li");
  const columns = [...grid.querySelectorAll("[data-drop]")];
  const own = columns.indexOf(item.parentElement);
  if (getComputedStyle(grid).display !== "grid" || own < 0) return false;
  const mark = document.createElement("li");
  held = {
    link, item, grid, columns, mark, column: columns[own], row: number(item, "t"), from: { column: columns[own], row: number(item, "t") },
    rows: grid.querySelectorAll(".day-hours li:not(.now)").length * 12, length: number(item, "d"),
    height: parseFloat(getComputedStyle(columns[own]).gridAutoRows), name: item.querySelector("strong").textContent,
  };
  grid.classList.add("dragging");
  item.classList.add("taken");
  draw();
  return true;
}

function draw() {
  const { mark, column, row, length } = held;
  mark.className = `drop-mark t-${row} d-${length}`;
  mark.textContent = time();
  if (mark.parentElement !== column) column.append(mark);
}

function put(column, row) {
  const limited = Math.max(0, Math.min(held.rows - 1, row));
  if (column === held.column && limited === held.row) return;
  held.column = column;
  held.row = limited;
  draw();
  say(fill(held.grid.dataset.over, { time: time(), who: column.dataset.name }));
}

function leave() {
  const { grid, item, mark } = held;
  grid.classList.remove("dragging");
  item.classList.remove("taken");
  mark.remove();
  held = null;
  document.dispatchEvent(new CustomEvent("console:idle"));
}

function drop() {
  const { link, column, row, from } = held;
  const at = minutes();
  const { practitioner, location: place, date } = column.dataset;
  leave();
  if (column === from.column && row === from.row) return say("");
  const start = `${date}T${two(Math.floor(at / 60))}:${two(at % 60)}`;
  const query = new URLSearchParams({ practitioner, location: place, start, back: location.pathname + location.search });
  openPage(`/appointments/${link.dataset.move}/placement?${query}`);
}

// By mouse or pen. A finger scrolls.
on("pointerdown", "a[data-move]", (link, event) => {
  if (event.button !== 0 || event.pointerType === "touch" || event.ctrlKey || event.metaKey || event.shiftKey || held) return;
  const start = { x: event.clientX, y: event.clientY };
  const offset = event.clientY - link.closest("li").getBoundingClientRect().top;
  const move = (at) => {
    if (!held && Math.hypot(at.clientX - start.x, at.clientY - start.y) > 5 && !take(link)) return stop();
    if (!held) return;
    at.preventDefault();
    scroll(at);
    const column = held.columns.find((other) => {
      const box = other.getBoundingClientRect();
      return box.left <= at.clientX && at.clientX < box.right;
    }) ?? held.column;
    put(column, Math.round((at.clientY - offset - column.getBoundingClientRect().top) / held.height));
  };
  const stop = () => {
    document.removeEventListener("pointermove", move);
    document.removeEventListener("pointerup", up);
    document.removeEventListener("pointercancel", cancel);
  };
  const cancel = () => {
    stop();
    if (held) leave();
  };
  const up = () => {
    stop();
    if (!held) return;
    // The click that follows is the end of the movement, and opens nothing.
    const swallow = (click) => {
      click.preventDefault();
      click.stopImmediatePropagation();
    };
    document.addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => document.removeEventListener("click", swallow, { capture: true }), 0);
    drop();
  };
  document.addEventListener("pointermove", move);
  document.addEventListener("pointerup", up);
  document.addEventListener("pointercancel", cancel);
});

on("dragstart", "a[data-move]", (link, event) => event.preventDefault());

/** Near an edge the grid comes along. */
function scroll(at) {
  const scroller = held.grid.closest(".day-scroll");
  const box = scroller.getBoundingClientRect();
  if (at.clientY > box.bottom - 32) scroller.scrollTop += 12;
  else if (at.clientY < box.top + 84) scroller.scrollTop -= 12;
  if (at.clientX > box.right - 32) scroller.scrollLeft += 12;
  else if (at.clientX < box.left + 80) scroller.scrollLeft -= 12;
}

// By keyboard.
const KEYS = {
  ArrowUp: () => put(held.column, held.row - 1),
  ArrowDown: () => put(held.column, held.row + 1),
  ArrowLeft: () => put(held.columns[Math.max(0, held.columns.indexOf(held.column) - 1)], held.row),
  ArrowRight: () => put(held.columns[Math.min(held.columns.length - 1, held.columns.indexOf(held.column) + 1)], held.row),
  PageUp: () => put(held.column, held.row - 12),
  PageDown: () => put(held.column, held.row + 12),
  Enter: drop,
  Escape: () => {
    say(fill(held.grid.dataset.left, { name: held.name }));
    leave();
  },
};

document.addEventListener("keydown", (event) => {
  if (held) {
    if (event.key === "Tab") return leave();
    const act = KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    act();
    return held?.mark.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
  if (event.key.toLowerCase() !== "m" || event.ctrlKey || event.metaKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest("a[data-move]") : null;
  if (!link || !take(link)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  say(fill(held.grid.dataset.grabbed, { name: held.name }));
}, true);

on("click", "[data-print]", () => window.print());

// Minutes of waiting go by without an event.
setInterval(() => {
  if (document.querySelector("[data-every-minute]")) document.dispatchEvent(new CustomEvent("console:refresh", { detail: ["schedule"] }));
}, 60_000);
