// What every htmx request needs: the form token, the sign-in page when the session ended, plain words when it failed.
import { csrf } from "./dom.js";
import { toast } from "./toasts.js";

document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb !== "get") event.detail.headers["X-CSRF-Token"] = csrf();
});

document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = event.detail;
  if (xhr.responseURL && new URL(xhr.responseURL).pathname === "/session" && location.pathname !== "/session") {
    event.detail.shouldSwap = false;
    location.assign("/session");
    return;
  }
  if (xhr.status < 400 || !/text\/html/.test(xhr.getResponseHeader("Content-Type") ?? "")) return;
  const wholePage = requestConfig.boosted && event.detail.target === document.body;
  const selected = event.detail.selectOverride ?? event.detail.target?.id;
  const carries = typeof selected === "string" && xhr.response.includes(`id="${selected.replace("#", "")}"`);
  if (wholePage || carries) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});

document.addEventListener("htmx:responseError", (event) => {
  const { status } = event.detail.xhr;
  if (status === 401) return location.assign("/session");
  toast({ say: status === 403 ? "denied" : "failed" });
});
document.addEventListener("htmx:sendError", () => toast({ say: "offline" }));
document.addEventListener("htmx:timeout", () => toast({ say: "offline" }));

// After a whole page came in: say where one is, and start at the top of it.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target === document.body) document.getElementById("main")?.focus({ preventScroll: true });
});

// A form is sent once, however often it is clicked.
document.addEventListener("htmx:beforeRequest", (event) => event.detail.requestConfig.triggeringEvent?.submitter?.setAttribute("aria-busy", "true"));
document.addEventListener("htmx:afterRequest", (event) => event.detail.requestConfig.triggeringEvent?.submitter?.removeAttribute("aria-busy"));
