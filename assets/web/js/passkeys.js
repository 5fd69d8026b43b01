// Passkeys: a form marked `data-passkey` asks the browser's authenticator before it is sent. `create` makes one with the
// options in `data-options`; `get` uses one, with the options in `data-options` or fetched from `data-challenge`.
// Without WebAuthn the form stays hidden and what is marked `data-passkey-absent` stays to be read.
import { whenShown } from "./dom.js";

const known = () => window.isSecureContext && !!window.PublicKeyCredential && !!navigator.credentials;

function decode(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
}

function encode(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

const named = (list) => (list ?? []).map((one) => ({ ...one, id: decode(one.id) }));

async function options(form) {
  if (form.dataset.options) return JSON.parse(form.dataset.options);
  const answer = await fetch(form.dataset.challenge, { method: "POST" });
  if (!answer.ok) throw new Error("no challenge");
  return answer.json();
}

async function created(given) {
  const credential = await navigator.credentials.create({
    publicKey: {
      ...given, challenge: decode(given.challenge), user: { ...given.user, id: decode(given.user.id) },
      excludeCredentials: named(given.excludeCredentials),
    },
  });
  const { clientDataJSON, attestationObject } = credential.response;
  return { clientData: encode(clientDataJSON), attestation: encode(attestationObject) };
}

async function asserted(given) {
  const credential = await navigator.credentials.get({
    publicKey: { ...given, challenge: decode(given.challenge), allowCredentials: named(given.allowCredentials) },
  });
  const { clientDataJSON, authenticatorData, signature, userHandle } = credential.response;
  const answer = {
    id: encode(credential.rawId), clientData: encode(clientDataJSON), authenticatorData: encode(authenticatorData),
    signature: encode(signature),
  };
  if (userHandle?.byteLength) answer.userHandle = encode(userHandle);
  return answer;
}

function say(form, kind) {
  for (const text of form.querySelectorAll("[data-passkey-problem]")) text.hidden = text.dataset.passkeyProblem !== kind;
}

whenShown("form[data-passkey]", (form) => {
  if (!known()) return;
  form.hidden = false;
  for (const text of document.querySelectorAll("[data-passkey-absent]")) text.hidden = true;
  const button = form.querySelector("button");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    if (form.dataset.busy) return;
    form.dataset.busy = "true";
    button.setAttribute("aria-busy", "true");
    say(form, null);
    try {
      const given = await options(form);
      const answer = form.dataset.passkey === "create" ? await created(given) : await asserted(given);
      form.querySelector("[data-credential]").value = JSON.stringify(answer);
      // Sent as it is: no submit event comes of this, so it does not ask again.
      HTMLFormElement.prototype.submit.call(form);
    } catch (error) {
      say(form, error.name === "InvalidStateError" ? "known" : "stopped");
      delete form.dataset.busy;
      button.removeAttribute("aria-busy");
    }
  });
});
