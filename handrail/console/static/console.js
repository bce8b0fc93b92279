// The console's only script: live fragments, keyboard, local times. Every page works without it.
"use strict";

const live = document.getElementById("live");
const sign = document.getElementById("live-sign");
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

// --- times ---------------------------------------------------------------------------------------------------------
function span(seconds) {
  const minutes = Math.round(seconds / 60), hours = Math.floor(minutes / 60), days = Math.floor(hours / 24);
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (minutes < 60) return `${minutes} min`;
  if (hours < 24) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return hours % 24 ? `${days} d ${hours % 24} h` : `${days} d`;
}

function age(at) {
  const seconds = (Date.now() - at) / 1000;
  if (Math.abs(seconds) < 45) return seconds >= 0 ? "just now" : "in under a minute";
  return seconds > 0 ? `${span(seconds)} ago` : `in ${span(-seconds)}`;
}

function clock(at) {
  const time = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const today = at.toDateString() === new Date().toDateString();
  return today ? time : `${at.toLocaleDateString([], { day: "numeric", month: "short" })} ${time}`;
}

function localTimes(root = document) {
  for (const time of $$("time[data-age]", root)) {
    const at = new Date(time.dateTime);
    time.textContent = age(at);
    time.title = at.toLocaleString();
  }
  for (const time of $$("time[data-clock]", root)) time.textContent = clock(new Date(time.dateTime));
}

// --- live fragments ------------------------------------------------------------------------------------------------
// What a person has typed, opened and focused survives a swap. A changed effect does not pass unnoticed: its buttons
// wait until the person says that he has read it.
const isTyped = (field) => field.type !== "hidden" && field.type !== "submit";  // a button's value is what it says
const keptAs = (form, field) => `${form.dataset.keep}/${field.name}/${field.type === "checkbox" ? field.value : ""}`;

function remember() {
  const fields = {};
  for (const form of $$("form[data-keep]", live)) {
    for (const field of form.elements) {
      if (!field.name || !isTyped(field)) continue;
      fields[keptAs(form, field)] = field.type === "checkbox" ? field.checked : field.value;
    }
  }
  const focus = document.activeElement;
  return {
    fields,
    open: $$("details[open]", live).map((d) => d.id),
    focus: live.contains(focus) ? place(focus) : null,
    caret: focus && "selectionStart" in focus ? [focus.selectionStart, focus.selectionEnd] : null,
    gate: gate(),
    state: state(),
  };
}

// How to find the focused element again: by its id, or as the nth of its form or page part.
function place(element) {
  if (element.id) return { id: element.id };
  const form = element.closest("form[action]");
  const list = (root) => $$("a, button, input, select, textarea, summary", root);
  return form ? { form: form.getAttribute("action"), nth: list(form).indexOf(element) } : { nth: list(live).indexOf(element) };
}

function find({ id, form, nth }) {
  if (id) return document.getElementById(id);
  const root = form ? $$("form[action]", live).find((f) => f.getAttribute("action") === form) : live;
  return root ? $$("a, button, input, select, textarea, summary", root)[nth] : null;
}

function restore(kept) {
  for (const form of $$("form[data-keep]", live)) {
    for (const field of form.elements) {
      const value = kept.fields[keptAs(form, field)];
      if (value === undefined || !isTyped(field)) continue;
      if (field.type === "checkbox") field.checked = value;
      else field.value = value;
    }
  }
  for (const id of kept.open) document.getElementById(id)?.setAttribute("open", "");
  if (kept.focus) {
    const again = find(kept.focus);
    if (again) {
      again.focus({ preventScroll: true });
      if (kept.caret && again.setSelectionRange && again.type !== "search") {
        try { again.setSelectionRange(...kept.caret); } catch { /* not a text field */ }
      }
    } else document.getElementById("main").focus({ preventScroll: true });
  }
}

const gate = () => $("[data-gate]", live)?.dataset.gate ?? "";
const state = () => $("[data-state]", live)?.textContent ?? "";

function swap({ html, version }) {
  const kept = remember();
  live.innerHTML = html;
  live.dataset.version = version;
  restore(kept);
  dress(live);
  oneKind();
  if (kept.gate && gate() && kept.gate !== gate()) holdBack();
  else if (kept.state && kept.state !== state()) say(`Now: ${state()}.`);
}

function holdBack() {
  const acts = $("[data-gate]", live);
  for (const button of $$("button", acts)) button.disabled = true;
  const notice = document.createElement("p");
  notice.className = "flag ask changed";
  notice.textContent = "What would happen has changed while you were reading. ";
  const read = document.createElement("button");
  read.type = "button";
  read.textContent = "I have read it again";
  read.addEventListener("click", () => {
    notice.remove();
    for (const button of $$("button", acts)) button.disabled = false;
  });
  notice.append(read);
  acts.prepend(notice);
  say("What would happen has changed while you were reading. Read it again before you decide.", "ask");
}

function say(text, kind = "good") {
  const box = document.getElementById("banner");
  if (!box) return;
  const line = document.createElement("div");
  line.className = `banner ${kind}`;
  line.append(text, dismiss());
  box.replaceChildren(line);
}

function dismiss() {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet";
  button.dataset.dismiss = "";
  button.setAttribute("aria-label", "Close this message");
  button.textContent = "✕";
  return button;
}

let source = null;
let ended = false;

function follow() {
  if (!live || source || ended) return;
  const at = new URL(live.dataset.live, location.href);
  at.searchParams.set("seen", live.dataset.version);
  source = new EventSource(at);
  source.onopen = () => tell("Live");
  source.addEventListener("fragment", (event) => swap(JSON.parse(event.data)));
  source.addEventListener("end", () => { ended = true; leave(); tell("Closed; nothing will change", false); });
  source.addEventListener("trouble", (event) => { tell("Reconnecting", true); say(JSON.parse(event.data).text, "ask"); });
  source.addEventListener("signed_out", () => location.reload());
  source.onerror = () => tell(source && source.readyState === EventSource.CLOSED ? "Not live: reload the page" : "Reconnecting", true);
}

function leave() {
  source?.close();
  source = null;
}

function tell(text, off = false) {
  if (!sign) return;
  sign.hidden = false;
  sign.classList.toggle("off", off);
  if (sign.textContent !== text) sign.textContent = text;
}

// Browsers allow six open streams to one address over HTTP/1.1: hidden tabs give theirs up.
document.addEventListener("visibilitychange", () => (document.hidden ? leave() : follow()));
addEventListener("pagehide", leave);
addEventListener("pageshow", (event) => (event.persisted ? location.reload() : follow()));

// --- keyboard ------------------------------------------------------------------------------------------------------
const rows = () => $$("a.open");

function move(by) {
  const all = rows();
  if (!all.length) return;
  const here = all.findIndex((a) => (a.closest("tr") ?? a).contains(document.activeElement));
  const next = here < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, here + by));
  all[next].focus();
}

function act(key) {
  if (key === "c" && rows().length) {
    const row = document.activeElement?.closest("tr");
    return row && $("form[data-claim]", row)?.requestSubmit();
  }
  const target = $(`[data-key="${key}"]`, live ?? document);
  if (!target || target.disabled) return;
  if (key === "c") return target.form.requestSubmit();
  target.closest("details")?.setAttribute("open", "");
  target.focus();
  target.scrollIntoView({ block: "nearest" });
}

function escape() {
  const focus = document.activeElement;
  if (focus?.matches("input, textarea, select")) {
    const box = focus.closest("details");
    if (!box) return focus.blur();
    box.removeAttribute("open");
    return $("summary", box).focus();
  }
  const message = $("#banner .banner");
  if (message) return message.remove();
  focus?.blur();
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || $("dialog[open]")) return;
  if (event.key === "Escape") return escape();
  if (event.target.matches("input:not([type=checkbox]), textarea, select")) return;
  const key = event.key.toLowerCase();
  if (key === "?") document.getElementById("help")?.showModal();
  else if (key === "j" || key === "k") move(key === "j" ? 1 : -1);
  else if (key === "i") location.assign("/");
  else if (key === "b") ($('[data-key="b"]', live ?? document) ?? $('[data-key="b"]'))?.click();
  else if ("acern".includes(key)) act(key);
  else return;
  event.preventDefault();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-help]")) document.getElementById("help").showModal();
  if (event.target.closest("[data-dismiss]")) event.target.closest(".banner").remove();
});

// One press, one command: the server would recognise the second one, but it need not be sent.
addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  setTimeout(() => $$("button", event.target).forEach((button) => (button.disabled = true)));
});

// Only requests of one kind are decided together: the first tick says which.
function oneKind() {
  const boxes = $$("input[data-kind]"), first = boxes.find((box) => box.checked);
  for (const box of boxes) box.disabled = Boolean(first) && box.dataset.kind !== first.dataset.kind;
}

document.addEventListener("change", (event) => event.target.matches("input[data-kind]") && oneKind());

// Times are asked for in the reader's own zone.
function zones() {
  for (const field of $$("input[name=minutes_from_utc]")) field.value = -new Date().getTimezoneOffset();
  for (const said of $$("[data-zone]")) said.textContent = "(your time)";
}

// --- start ---------------------------------------------------------------------------------------------------------
function dress(root) {
  for (const element of $$(".js-only", root)) element.hidden = false;
  localTimes(root);
}

dress(document);
oneKind();
zones();
setInterval(localTimes, 15000);
follow();
if (location.search.includes("done=")) history.replaceState(null, "", location.pathname);
