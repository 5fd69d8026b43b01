// Short notes at the bottom: those the server sent with the page, and those of failed requests.
import { icon, on, whenShown } from "./dom.js";

const STAY = 7000;

whenShown("[data-toast]", (toast) => {
  if (toast.querySelector("form, a")) return;
  let left = setTimeout(() => toast.remove(), STAY);
  toast.addEventListener("pointerenter", () => clearTimeout(left));
  toast.addEventListener("pointerleave", () => { left = setTimeout(() => toast.remove(), STAY); });
});

on("click", "[data-close-toast]", (button) => button.closest("[data-toast]")?.remove());

// What was done is said once: not again when the page is loaded again.
if (new URLSearchParams(location.search).has("done")) {
  const url = new URL(location.href);
  url.searchParams.delete("done");
  history.replaceState(history.state, "", url);
}

/** Shows a text of the page's own catalogue (`say`: failed, denied, offline, ended, copied) or a ready-made one. */
export function toast({ say, text, good = false }) {
  const region = document.getElementById("toasts");
  if (!region) return;
  const words = text ?? region.dataset[say] ?? region.dataset.failed;
  for (const shown of region.querySelectorAll("[data-toast] p")) {
    if (shown.textContent === words) return;
  }
  const note = document.createElement("div");
  note.className = "toast";
  note.dataset.toast = "";
  const paragraph = document.createElement("p");
  paragraph.textContent = words;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "button small only-icon";
  close.dataset.closeToast = "";
  close.setAttribute("aria-label", region.dataset.dismiss);
  close.append(icon("cross"));
  note.append(good ? icon("circle-check", "good") : icon("alert", "bad"), paragraph, close);
  region.append(note);
  note.dispatchEvent(new CustomEvent("console:shown", { bubbles: true }));
}

document.addEventListener("console:toast", (event) => toast(event.detail));
