// A long <select data-combobox> becomes a box one types in. The select stays, hidden, and is what the form sends.
import { whenShown } from "./dom.js";

let count = 0;

function setUp(select, input, list, id) {
  input.type = "text";
  input.className = "input pick";
  input.autocomplete = "off";
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-controls", `${id}-list`);
  input.disabled = select.disabled;
  input.id = `${id}-input`;
  const label = document.querySelector(`label[for="${CSS.escape(select.id)}"]`);
  if (label) label.htmlFor = input.id;
  else input.setAttribute("aria-label", select.getAttribute("aria-label") ?? "");
  list.id = `${id}-list`;
  list.className = "options";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", label?.textContent ?? input.getAttribute("aria-label"));
  list.hidden = true;
}

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

class Combobox {
  constructor(select, input, list, id) {
    Object.assign(this, { select, input, list, id, at: 0 });
    this.reset();
    input.addEventListener("focus", () => input.select());
    input.addEventListener("click", () => this.show(""));
    input.addEventListener("input", () => this.show(input.value));
    input.addEventListener("blur", () => setTimeout(() => this.close(), 120));
    input.addEventListener("keydown", (event) => this.key(event));
    list.addEventListener("pointerdown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => this.pick(event.target.closest("[role=option]")));
  }

  reset() {
    this.input.value = this.select.selectedOptions[0]?.textContent.trim() ?? "";
  }

  show(text) {
    const wanted = plain(text).split(/\s+/).filter(Boolean);
    const fits = [...this.select.options].filter((option) => wanted.every((word) => plain(option.textContent).includes(word)));
    this.list.replaceChildren(...fits.map((option, index) => {
      const item = document.createElement("div");
      item.className = "option";
      item.id = `${this.id}-${index}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      item.dataset.value = option.value;
      item.textContent = option.textContent;
      return item;
    }));
    this.list.hidden = !fits.length;
    this.input.setAttribute("aria-expanded", String(fits.length > 0));
    this.move(0);
  }

  move(index) {
    const items = [...this.list.children];
    if (!items.length) return this.input.removeAttribute("aria-activedescendant");
    this.at = (index + items.length) % items.length;
    items.forEach((item, i) => item.setAttribute("aria-selected", String(i === this.at)));
    this.input.setAttribute("aria-activedescendant", items[this.at].id);
    items[this.at].scrollIntoView({ block: "nearest" });
  }

  key(event) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (this.list.hidden) this.show("");
      else this.move(this.at + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && !this.list.hidden) {
      event.preventDefault();
      this.pick(this.list.children[this.at]);
    } else if (event.key === "Escape" && !this.list.hidden) {
      event.preventDefault();
      event.stopPropagation();
      this.close();
    }
  }

  pick(item) {
    if (!item) return;
    this.select.value = item.dataset.value;
    this.select.dispatchEvent(new Event("change", { bubbles: true }));
    this.close();
  }

  close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
    this.reset();
  }
}

whenShown("select[data-combobox]", (select) => {
  const id = `combobox-${++count}`;
  const box = document.createElement("div");
  box.className = "combobox";
  const input = document.createElement("input");
  const list = document.createElement("div");
  setUp(select, input, list, id);
  select.before(box);
  box.append(input, list, select);
  select.hidden = true;
  new Combobox(select, input, list, id);
});
