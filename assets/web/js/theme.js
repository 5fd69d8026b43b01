// Light, dark or as the device: changes at once, then tells the server.
import { on, whenShown } from "./dom.js";

function mark(form) {
  const theme = document.documentElement.dataset.theme || "system";
  for (const button of form.querySelectorAll("button[name=theme]")) {
    button.setAttribute("aria-pressed", String(button.value === theme));
  }
}

whenShown("[data-theme-form]", mark);

on("submit", "[data-theme-form]", (form, event) => {
  const button = event.submitter;
  if (!button) return;
  event.preventDefault();
  document.documentElement.dataset.theme = button.value;
  document.querySelectorAll("[data-theme-form]").forEach(mark);
  document.dispatchEvent(new CustomEvent("console:theme"));
  const body = new URLSearchParams(new FormData(form, button));
  fetch(form.action, { method: "POST", body, redirect: "manual" })
    .catch(() => document.dispatchEvent(new CustomEvent("console:toast", { detail: { say: "offline" } })));
});

if (/mac|iphone|ipad/i.test(navigator.userAgent)) {
  whenShown("kbd[data-command]", (key) => { key.textContent = "⌘"; });
}
