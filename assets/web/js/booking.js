// Times: arrows move among them. A held time counts down; when it has run out the page says so and the button goes.
import { fill, on, whenShown } from "./dom.js";

const two = (number) => String(number).padStart(2, "0");

whenShown("[data-hold-until]", (clock) => {
  const words = clock.querySelector("[data-left]");
  const end = Date.now() + Number(clock.dataset.holdSeconds) * 1000;
  const tick = () => {
    if (!clock.isConnected) return clearInterval(timer);
    const left = Math.max(0, Math.round((end - Date.now()) / 1000));
    words.textContent = fill(clock.dataset.text, { time: `${Math.floor(left / 60)}:${two(left % 60)}` });
    if (left) return;
    clearInterval(timer);
    const scope = clock.closest("[data-hold]");
    scope?.querySelectorAll("[data-needs-hold]").forEach((element) => { element.disabled = true; });
    scope?.querySelectorAll("[data-hold-over]").forEach((element) => { element.hidden = false; });
    clock.hidden = true;
  };
  const timer = setInterval(tick, 1000);
  tick();
});

on("keydown", ".slot", (slot, event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const all = [...slot.closest("form").querySelectorAll(".slot")];
  const next = all[all.indexOf(slot) + step];
  if (next) {
    event.preventDefault();
    next.focus();
  }
});
