// The console's behaviour. Pages work without it; each module adds one thing and none knows the others.
import "./theme.js";
import "./menus.js";
import "./dialog.js";
import "./toasts.js";
import "./palette.js";
import "./keys.js";
import "./list.js";
import "./search.js";
import "./combobox.js";
import "./composer.js";
import "./booking.js";
import "./day.js";
import "./files.js";
import "./charts.js";
import "./passkeys.js";
import "./requests.js";
import "./live.js";

document.documentElement.classList.add("script");
