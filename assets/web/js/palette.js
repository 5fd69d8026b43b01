// Ctrl/⌘ K: one box that finds patients, pages and actions. The server answers `/palette?q=` with ready options.
import { on } from "./dom.js";

const parts = () => {
  const dialog = document.getElementById("palette");
  return dialog && { dialog, input: dialog.querySelector("input"), list: dialog.querySelector("[role=listbox]") };
};

let asked = 0;
let waiting;
// The text that the list answers, and whether Enter was pressed before the list had caught up with what is typed: Enter
// always means what stands in the box, never what an earlier text had found.
let shown;
let entered = false;

export function openPalette(text = "") {
  const palette = parts();
  if (!palette || palette.dialog.open) return;
  palette.input.value = text;
  palette.list.replaceChildren();
  shown = undefined;
  entered = false;
  palette.dialog.showModal();
  palette.input.focus();
  ask(text);
}

async function ask(text) {
  const palette = parts();
  if (!palette) return;
  clearTimeout(waiting);
  const mine = ++asked;
  try {
    const answer = await fetch(`/palette?q=${encodeURIComponent(text)}`, { headers: { "HX-Request": "true" } });
    const page = new DOMParser().parseFromString(answer.ok ? await answer.text() : "", "text/html");
    if (mine !== asked || !palette.dialog.open) return;
    palette.list.replaceChildren(...page.body.childNodes);
    shown = text;
    choose(palette, palette.list.querySelector("[role=option]"));
    if (entered) enter(palette);
  } catch {
    document.dispatchEvent(new CustomEvent("console:toast", { detail: { say: "offline" } }));
  }
}

// What is chosen, or where nothing was found, the page that says so.
function enter({ dialog, input, list }) {
  const chosen = list.querySelector('[role=option][aria-selected="true"]');
  entered = false;
  if (!chosen) return input.form.submit();
  dialog.close();
  chosen.click();
}

function choose({ input, list }, option) {
  list.querySelector('[aria-selected="true"]')?.setAttribute("aria-selected", "false");
  if (!option) return input.removeAttribute("aria-activedescendant");
  option.setAttribute("aria-selected", "true");
  input.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

on("click", "[data-palette]", (link, event) => {
  if (!parts()) return;
  event.preventDefault();
  openPalette();
});

on("input", "#palette-input", (input) => {
  entered = false;
  clearTimeout(waiting);
  waiting = setTimeout(() => ask(input.value), 90);
});

on("keydown", "#palette-input", (input, event) => {
  const palette = parts();
  const options = [...palette.list.querySelectorAll("[role=option]")];
  const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (!options.length) return;
    const step = event.key === "ArrowDown" ? 1 : -1;
    choose(palette, options[(at + step + options.length) % options.length]);
  } else if (event.key === "Enter") {
    event.preventDefault();
    if (shown === input.value) return enter(palette);
    entered = true;
    ask(input.value);
  }
});

on("click", "#palette-list [role=option]", () => parts()?.dialog.close());

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openPalette();
  }
});
