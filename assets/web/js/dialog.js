// Dialogs: those on the page, and pages that open in one (`data-dialog`). Without script the page itself opens.
import { icon, on } from "./dom.js";

const shared = () => document.getElementById("dialog");

on("click", "[data-open-dialog]", (opener) => document.getElementById(opener.dataset.openDialog)?.showModal());
on("click", "[data-close-dialog]", (closer, event) => {
  const dialog = closer.closest("dialog");
  if (!dialog) return;
  event.preventDefault();
  dialog.close();
});
on("click", "dialog", (dialog, event) => {
  if (event.target !== dialog) return;
  const box = dialog.getBoundingClientRect();
  const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
  if (!inside) dialog.close();
});

/** Opens the `[data-dialog-content]` of a page in the shared dialog; falls back to going there. */
export async function openPage(href) {
  const dialog = shared();
  if (!dialog) return location.assign(href);
  const wait = setTimeout(() => waiting(dialog), 300);
  try {
    const answer = await fetch(href, { headers: { "HX-Request": "true", "HX-Target": "dialog" } });
    const content = answer.ok ? await part(answer) : null;
    if (!content) return location.assign(href);
    show(dialog, content);
  } catch {
    dialog.close();
    document.dispatchEvent(new CustomEvent("console:toast", { detail: { say: "offline" } }));
  } finally {
    clearTimeout(wait);
  }
}

async function part(answer) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.querySelector("[data-dialog-content]");
}

function waiting(dialog) {
  const note = document.createElement("p");
  note.className = "dialog-wait";
  note.setAttribute("role", "status");
  note.textContent = dialog.dataset.loading;
  dialog.replaceChildren(note);
  if (!dialog.open) dialog.showModal();
}

function show(dialog, content) {
  const title = content.querySelector("h1, h2");
  if (title) {
    title.id ||= "dialog-title";
    dialog.removeAttribute("aria-label");
    dialog.setAttribute("aria-labelledby", title.id);
  }
  dialog.replaceChildren(content);
  const head = content.querySelector(".dialog-head");
  if (head && !head.querySelector("[data-close-dialog]")) {
    const close = document.createElement("button");
    close.type = "button";
    close.className = "button quiet only-icon";
    close.setAttribute("aria-label", dialog.dataset.close);
    close.setAttribute("data-close-dialog", "");
    close.append(icon("cross"));
    head.append(close);
  }
  if (!dialog.open) dialog.showModal();
  window.htmx?.process(content);
  content.dispatchEvent(new CustomEvent("console:shown", { bubbles: true }));
  content.querySelector("[data-first]:not([disabled])")?.focus();
}

on("click", "a[data-dialog]", (link, event) => {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  openPage(link.href);
});

// Forms inside the shared dialog stay in it while the answer is another dialog page; else the browser goes there.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.method === "dialog") return;
  // A page without the shared dialog (sign-in) has none of its forms in it.
  const dialog = form.closest("dialog");
  if (!dialog || dialog !== shared()) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const button = event.submitter;
  button?.setAttribute("aria-busy", "true");
  const data = new URLSearchParams(new FormData(form, button));
  const get = form.method === "get";
  const target = new URL(button?.hasAttribute("formaction") ? button.formAction : form.action);
  if (get) target.search = data;
  try {
    const answer = await fetch(target, { method: get ? "GET" : "POST", body: get ? undefined : data, headers: { "HX-Request": "true", "HX-Target": "dialog" } });
    const content = await part(answer);
    if (content) show(shared(), content);
    else if (answer.ok) location.assign(answer.url);
    else document.dispatchEvent(new CustomEvent("console:toast", { detail: { say: answer.status === 403 ? "denied" : "failed" } }));
  } catch {
    document.dispatchEvent(new CustomEvent("console:toast", { detail: { say: "offline" } }));
  } finally {
    button?.removeAttribute("aria-busy");
  }
}, true);

on("change", "dialog form[data-live-form] :is(select, input)", (field) => field.form.requestSubmit());
