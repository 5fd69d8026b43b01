// Draws the table of each `[data-chart]` as a picture above it. The table is the truth; a bar or point leads to its cases.
// Kinds: `line` (series over time), `bars` (one bar a row, with `data-low`/`data-high` as a whisker), `stacked` (rows of parts).
import { whenShown } from "./dom.js";

const LIBRARY = "/assets/vendor/chart.umd.js";
const SERIES = ["--accent-fill", "--violet-fill", "--amber-fill", "--green-fill", "--line-control"];
let loading = null;
const drawn = new Set();

function library() {
  if (window.Chart) return Promise.resolve(window.Chart);
  loading ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = LIBRARY;
    script.addEventListener("load", () => done(window.Chart));
    script.addEventListener("error", () => failed(new Error(LIBRARY)));
    document.head.append(script);
  });
  return loading;
}

/** The colour a token has now, in light or dark. */
function colour(token) {
  const probe = document.createElement("span");
  probe.style.color = `var(${token})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

function read(section) {
  const table = section.querySelector("table");
  const columns = [...table.tHead.rows[0].cells].slice(1).map((cell) => cell.textContent.trim());
  const rows = [...table.tBodies[0].rows].map((row) => ({
    label: row.cells[0].textContent.trim(),
    cells: [...row.cells].slice(1).map((cell) => ({
      value: cell.dataset.value === "" ? null : Number(cell.dataset.value),
      low: cell.dataset.low, high: cell.dataset.high,
      text: cell.textContent.trim(), href: cell.querySelector("a")?.href,
    })),
  }));
  return { columns, rows };
}

const whiskers = {
  id: "whiskers",
  afterDatasetsDraw(chart) {
    const { ctx } = chart;
    ctx.save();
    ctx.strokeStyle = chart.options.whiskerColour;
    ctx.lineWidth = 1.5;
    const across = chart.options.indexAxis === "y";
    const scale = across ? chart.scales.x : chart.scales.y;
    chart.data.datasets.forEach((set, index) => chart.getDatasetMeta(index).data.forEach((bar, at) => {
      const range = set.ranges?.[at];
      if (!range) return;
      const [from, to] = [scale.getPixelForValue(range.low), scale.getPixelForValue(range.high)];
      const middle = across ? bar.y : bar.x;
      const line = (x1, y1, x2, y2) => { ctx.moveTo(x1, y1); ctx.lineTo(x2, y2); };
      ctx.beginPath();
      if (across) { line(from, middle, to, middle); line(from, middle - 4, from, middle + 4); line(to, middle - 4, to, middle + 4); }
      else { line(middle, from, middle, to); line(middle - 4, from, middle + 4, from); line(middle - 4, to, middle + 4, to); }
      ctx.stroke();
    }));
    ctx.restore();
  },
};

/** The end of the longest whisker, so that none is cut off; nothing when there are none. */
function highest({ rows }) {
  const ends = rows.flatMap((row) => row.cells.map((cell) => Number(cell.high ?? 0)));
  return Math.max(...ends) || undefined;
}

function datasets(kind, { columns, rows }) {
  return columns.map((label, index) => {
    const tone = colour(SERIES[index % SERIES.length]);
    const cells = rows.map((row) => row.cells[index]);
    const set = { label, data: cells.map((cell) => cell?.value ?? null), cells, borderColor: tone, backgroundColor: tone };
    if (kind === "line") return { ...set, borderWidth: 2, pointRadius: 2.5, pointHoverRadius: 5, pointHitRadius: 14, tension: 0.25, spanGaps: false, segment: { borderDash: () => (index ? [4, 4] : undefined) } };
    const ranges = cells.map((cell) => (cell?.low ? { low: Number(cell.low), high: Number(cell.high) } : null));
    return { ...set, ranges, borderWidth: 0, borderRadius: 3, maxBarThickness: kind === "bars" ? 18 : 34, minBarLength: 2 };
  });
}

function options(kind, unit, series, top) {
  const [text, line, ground] = ["--text-3", "--line", "--raised"].map(colour);
  const across = kind === "bars";
  const value = { beginAtZero: true, suggestedMax: top, stacked: kind === "stacked", grid: { color: line, drawBorder: false }, ticks: { color: text, maxTicksLimit: 5, precision: 0 }, title: { display: !!unit, text: unit, color: text, font: { size: 11 } } };
  const name = { stacked: kind === "stacked", grid: { display: false, drawBorder: false }, ticks: { color: across ? colour("--text-2") : text, maxRotation: 0, autoSkipPadding: 12 } };
  return {
    responsive: true, maintainAspectRatio: false, indexAxis: across ? "y" : "x", whiskerColour: colour("--text-2"),
    animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? false : { duration: 250 },
    interaction: { mode: "index", axis: across ? "y" : "x", intersect: false },
    font: { family: getComputedStyle(document.body).fontFamily },
    scales: across ? { x: value, y: name } : { x: name, y: value },
    plugins: {
      legend: { display: series > 1, position: "bottom", align: "start", labels: { color: colour("--text-2"), usePointStyle: true, pointStyle: "rectRounded", boxWidth: 8, boxHeight: 8, padding: 12, font: { size: 12 } } },
      tooltip: { backgroundColor: ground, titleColor: colour("--text"), bodyColor: colour("--text-2"), borderColor: line, borderWidth: 1, padding: 8, boxPadding: 4, callbacks: { label: (item) => ` ${item.dataset.label}: ${item.dataset.cells[item.dataIndex].text}` } },
    },
    onHover: (event, hits) => { event.native.target.style.cursor = hits.some((hit) => hit.element) ? "pointer" : ""; },
    onClick: (event, _, chart) => {
      const [hit] = chart.getElementsAtEventForMode(event, "nearest", { intersect: false, axis: across ? "y" : "x" }, false);
      const href = hit && chart.data.datasets[hit.datasetIndex].cells[hit.index]?.href;
      if (href) location.assign(href);
    },
  };
}

function draw(section, Chart) {
  const box = section.querySelector("[data-chart-box]");
  const kind = section.dataset.chart;
  const data = read(section);
  const canvas = document.createElement("canvas");
  canvas.setAttribute("aria-hidden", "true");
  box.replaceChildren(canvas);
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  const chart = new Chart(canvas, {
    type: kind === "line" ? "line" : "bar",
    data: { labels: data.rows.map((row) => row.label), datasets: datasets(kind, data) },
    options: options(kind, section.dataset.unit, data.columns.length, highest(data)),
    plugins: [whiskers],
  });
  section.chartDrawn = chart;
  drawn.add(section);
}

whenShown("[data-chart]", (section) => {
  library().then((Chart) => draw(section, Chart), () => { section.querySelector(".chart-data").open = true; });
});

document.addEventListener("console:theme", () => {
  for (const section of drawn) {
    section.chartDrawn.destroy();
    if (section.isConnected) draw(section, window.Chart);
    else drawn.delete(section);
  }
});
