// A file drop shows what was put in it.
import { on } from "./dom.js";

for (const type of ["dragenter", "dragover"]) on(type, ".file-drop", (drop) => drop.classList.add("over"));
for (const type of ["dragleave", "drop"]) on(type, ".file-drop", (drop) => drop.classList.remove("over"));

on("change", ".file-drop input[type=file]", (input) => {
  const names = [...input.files].map((file) => file.name).join(", ");
  const strong = input.closest(".file-drop").querySelector("strong");
  if (names && strong) strong.textContent = names;
});
