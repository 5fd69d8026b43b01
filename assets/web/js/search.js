// Search as you type: `form[data-search-form]` asks again while one writes and swaps its `data-results` region only.
import { on } from "./dom.js";

let waiting;
let asked = 0;

async function ask(form) {
  const mine = ++asked;
  const region = document.getElementById(form.dataset.results);
  if (!region) return;
  const url = new URL(form.action);
  url.search = new URLSearchParams(new FormData(form));
  const wait = setTimeout(() => region.setAttribute("aria-busy", "true"), 300);
  try {
    const answer = await fetch(url, { headers: { "HX-Request": "true", "HX-Target": region.id } });
    if (mine !== asked || !answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById(region.id);
    if (!fresh) return;
    region.replaceWith(fresh);
    window.htmx?.process(fresh);
    fresh.dispatchEvent(new CustomEvent("console:shown", { bubbles: true }));
    history.replaceState(history.state, "", url);
  } catch {
    document.dispatchEvent(new CustomEvent("console:toast", { detail: { say: "offline" } }));
  } finally {
    clearTimeout(wait);
    region.removeAttribute("aria-busy");
  }
}

on("input", "form[data-search-form] input", (input) => {
  clearTimeout(waiting);
  waiting = setTimeout(() => ask(input.form), 110);
});
on("change", "form[data-search-form] select", (select) => ask(select.form));
on("submit", "form[data-search-form]", (form, event) => {
  event.preventDefault();
  event.stopPropagation();
  clearTimeout(waiting);
  const only = document.querySelectorAll(`#${CSS.escape(form.dataset.results)} [data-row]`);
  if (only.length === 1) only[0].click();
  else ask(form);
});
on("keydown", "form[data-search-form] input", (input, event) => {
  if (event.key !== "ArrowDown") return;
  const first = document.querySelector(`#${CSS.escape(input.form.dataset.results)} [data-row]`);
  if (first) {
    event.preventDefault();
    first.focus();
  }
});

// A filter that is a select goes at once; its button is for those without script.
on("change", "form[data-go-on-change] :is(select, input[type=date])", (field) => field.form.requestSubmit());
