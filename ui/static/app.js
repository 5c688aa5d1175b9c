// What the server cannot do: theme, keys, dialogs, copying, and the painted line of a run.
// Everything hangs on the document, so that swapped parts work without being wired again.

const root = document.documentElement;
const on = (type, selector, act) =>
  document.addEventListener(type, (event) => {
    const found = event.target.closest?.(selector);
    if (found) act(found, event);
  });

// Theme
const dark = () =>
  root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
on("click", "[data-theme-toggle]", () => {
  root.dataset.theme = dark() ? "light" : "dark";
  try { localStorage.setItem("theme", root.dataset.theme); } catch { /* kept for this page only */ }
});

// Dialogs, toasts, copying
on("click", "[data-opens]", (button) => document.getElementById(button.dataset.opens)?.showModal());
on("click", "[data-close]", (button) => button.closest(".toast").remove());
on("click", "[data-copy]", async (button) => {
  const source = document.getElementById(button.dataset.copy);
  // Over plain http the clipboard is closed to pages: mark the text, so that Ctrl+C takes it.
  if (!navigator.clipboard) return void getSelection().selectAllChildren(source);
  await navigator.clipboard.writeText(source.innerText.trim());
  const label = button.querySelector("span"), before = label.textContent;
  label.textContent = button.dataset.copied;
  setTimeout(() => { label.textContent = before; }, 1500);
});
on("change", "[data-samples]", (select) => {
  const sample = select.form.querySelector(`template[data-sample="${CSS.escape(select.value)}"]`);
  document.getElementById("event-data").value = sample.content.textContent;
});
const toasts = document.getElementById("toasts");
new MutationObserver((changes) => {
  for (const { addedNodes } of changes)
    for (const node of addedNodes)
      if (node.classList?.contains("toast") && !node.classList.contains("fail")) setTimeout(() => node.remove(), 5000);
}).observe(toasts, { childList: true });

// Keys: inactive inside fields
const inField = (node) => node.closest?.("input, textarea, select, [contenteditable]");
const keys = {
  "/": () => focus(document.querySelector("[data-search]")),
  ArrowDown: () => step(1), ArrowUp: () => step(-1),
  ArrowRight: () => sideways(1), ArrowLeft: () => sideways(-1),
  Escape: () => document.querySelector("[data-unpick]")?.click(),
};
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || inField(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  if (keys[event.key]?.() !== undefined) event.preventDefault();
});
const stops = () => [...document.querySelectorAll("[data-stop], .step-row")];
const current = () => document.activeElement?.closest("[data-stop], .step-row");
function step(by) {
  const all = stops();
  if (!all.length) return undefined;
  const here = all.indexOf(current() ?? document.querySelector("[aria-current=true]"));
  return focus(all[Math.min(Math.max(here + by, 0), all.length - 1)]);
}
function sideways(by) {
  const way = current()?.closest(".way");
  const next = by > 0 ? way?.nextElementSibling : way?.previousElementSibling;
  const stop = next?.querySelector("[data-stop]");
  return focus(stop);
}
function focus(node) {
  if (!node) return undefined;
  node.focus();
  node.scrollIntoView({ block: "nearest", inline: "nearest" });
  return node;
}

// A run painted on the picture: how far along the crossbar the line went
function paint() {
  for (const ways of document.querySelectorAll(".map.with-run .ways")) {
    const taken = ways.querySelector(":scope > .way.taken");
    const box = ways.getBoundingClientRect();
    if (!taken || !box.width) continue;
    const zoom = box.width / ways.offsetWidth;
    const there = taken.getBoundingClientRect();
    const at = (there.left + there.width / 2 - box.left) / zoom, middle = ways.offsetWidth / 2;
    const stop = ways.parentElement;
    stop.style.setProperty("--from", `${Math.min(at, middle) - middle}px`);
    stop.style.setProperty("--span", `${Math.abs(at - middle)}px`);
    stop.classList.add("painted");
    const last = taken.querySelector(":scope > .line > .stop:last-child");
    stop.classList.toggle("joined", !ways.classList.contains("ways-for") && (!last || last.classList.contains("seen-ok")));
  }
}

// The crossbar below ways that stop with an error: from the first way that comes back to the last
function join() {
  for (const ways of document.querySelectorAll(".ways:has(> .ends)")) {
    const middle = (box) => box.left + box.width / 2, all = [...ways.children];
    const back = all.filter((way) => !way.classList.contains("ends")).map((way) => middle(way.getBoundingClientRect()));
    const ends = [...back, middle(ways.getBoundingClientRect())], from = Math.min(...ends), to = Math.max(...ends);
    for (const way of all) {
      const { left, right, width } = way.getBoundingClientRect();
      const share = (length) => `${(100 * Math.min(Math.max(length, 0), width)) / width}%`;
      way.style.setProperty("--left", share(from - left));
      way.style.setProperty("--right", share(right - to));
    }
  }
}

// Zoom: fits the width of the canvas until a person chooses otherwise
let zoom = 0; // 0: fit
const FLOOR = 0.5, wide = matchMedia("(min-width: 801px)");
function show() {
  const canvas = document.querySelector(".canvas"), map = canvas?.querySelector(".map");
  if (!map) return;
  root.style.setProperty("--zoom", 1);
  const room = (canvas.clientWidth - 48) / map.scrollWidth;
  const used = wide.matches ? zoom || Math.max(FLOOR, Math.min(1, room)) : 1;
  root.style.setProperty("--zoom", used);
  document.querySelector("[data-zoomed]").textContent = `${Math.round(used * 100)} %`;
  paint();
  join();
  const chosen = map.querySelector("[data-stop][aria-current=true]:not(.start)");
  if (chosen && wide.matches) chosen.scrollIntoView({ block: "nearest", inline: "nearest" });
  else if (!canvas.scrollLeft) canvas.scrollLeft = (canvas.scrollWidth - canvas.clientWidth) / 2;
}
on("click", "[data-zoom]", (button) => {
  const now = Number(root.style.getPropertyValue("--zoom")) || 1, by = Number(button.dataset.zoom);
  zoom = by ? Math.min(1.6, Math.max(0.4, now + by)) : 0;
  show();
});
addEventListener("load", show);
const here = document.querySelector(".sections [aria-current]");
if (here) here.parentElement.scrollLeft = here.offsetLeft - here.parentElement.clientWidth / 2 + here.offsetWidth / 2;
addEventListener("resize", show);
document.addEventListener("htmx:after:swap", show);

// A stream that broke says so
let lost = 0;
document.addEventListener("htmx:sse:error", () => {
  lost ||= setTimeout(() => document.querySelector("[data-live]")?.classList.add("lost"), 3000);
});
document.addEventListener("htmx:sse:after:connection", () => {
  clearTimeout(lost);
  lost = 0;
  document.querySelector("[data-live]")?.classList.remove("lost");
});
