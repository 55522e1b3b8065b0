// Who annotates, which item is shown, and what of it has been said.

import { Pad } from "./pad.js";
import { Saving, ask } from "./saving.js";
import { Trace, isWhole, merge } from "./trace.js";

const at = (id) => document.getElementById(id);
const own = (sessionStorage.window ??= crypto.randomUUID()); // a reload keeps it, another window has another
let work, saving, shown = 0;

const pad = new Pad((take, [valence, arousal]) => say(take, { valence: [[0, valence]], arousal: [[0, arousal]] }));
const trace = new Trace(say, (dimension) => {
  if (dimension === "valence" && !trace.isThrough("arousal")) {
    trace.choose("arousal");
    at("video").currentTime = 0;
  }
});

function say(take, values) {
  const known = (work.said[shown] ??= {});
  for (const [name, points] of Object.entries(values)) known[name] = merge(known[name] ?? [], points);
  saving.add({ number: shown, take, values });
  count();
}

function state(words, bad = false) {
  at("state").textContent = words;
  at("state").classList.toggle("bad", bad);
}

// --- entering

async function enter(name, takeOver = false) {
  const answer = await ask("enter", { name, window: own, takeOver });
  if (!answer.ok) return refuse(answer, name);
  work = answer;
  sessionStorage.name = work.name;
  saving = new Saving({ name: work.name, window: own, listing: work.listing }, state, lost, (last) => {
    work.last = last;
    count();
  });
  at("who").textContent = work.name;
  at("enter").hidden = true;
  at("work").hidden = at("so-far").hidden = false;
  show(sessionStorage.shown && +sessionStorage.shown < work.seconds.length ? +sessionStorage.shown : firstOpen(0));
}

function lost(answer) {
  if (answer.taken) refuse(answer, work.name);
  else state(`not saved: ${answer.error}; reload this page`, true);
}

function refuse(answer, name) {
  at("work").hidden = true;
  at("enter").hidden = false;
  at("refused").hidden = false;
  at("refused").textContent = answer.error;
  at("take-over").hidden = !answer.taken || /another process/.test(answer.error);
  at("name").value = name ?? "";
}

at("enter").addEventListener("submit", (event) => {
  event.preventDefault();
  enter(at("name").value);
});
at("take-over").addEventListener("click", () => enter(at("name").value, true));

// --- items

const isDone = (number) => ["valence", "arousal"].every((name) => isWhole(work.said[number]?.[name], work.seconds[number]));

function firstOpen(from) {
  const order = work.seconds.map((_, i) => (from + i) % work.seconds.length);
  return order.find((number) => !isDone(number)) ?? from % work.seconds.length;
}

const source = (number) => `media/${work.listing}/${number}`;

function show(number) {
  pad.flush();
  trace.stop();
  shown = Math.max(0, Math.min(work.seconds.length - 1, number));
  sessionStorage.shown = shown;
  const moving = work.seconds[shown] > 0;
  for (const [id, hidden] of [["video", !moving], ["moving", !moving], ["picture", moving], ["still", moving], ["broken", true]]) at(id).hidden = hidden;
  if (moving) at("video").src = source(shown);
  else at("video").removeAttribute("src");
  if (moving) trace.show(work.said[shown] ?? {});
  else still();
  if (work.seconds[shown + 1] === 0) new Image().src = source(shown + 1);
  count();
}

function still() {
  at("picture").src = source(shown);
  const known = work.said[shown] ?? {};
  pad.show(known.valence?.length ? [known.valence[0][1], known.arousal[0][1]] : null);
}

async function broken(event) {
  if (!work || event.target.hidden || !event.target.getAttribute("src")) return;
  const answer = await fetch(source(shown)).then((found) => (found.ok ? { error: "this browser cannot show it" } : found.json()));
  at("broken").textContent = `This file cannot be shown: ${answer.error}`;
  at("broken").hidden = false;
}
for (const id of ["picture", "video"]) at(id).addEventListener("error", broken);
at("video").addEventListener("loadedmetadata", () => {
  at("video").playbackRate = +document.querySelector("[name=rate]:checked").value;
  trace.show(work.said[shown] ?? {});
  count();
});

function count() {
  const done = work.seconds.filter((_, number) => isDone(number)).length;
  at("count").textContent = `${shown + 1} of ${work.seconds.length}, ${done} done`;
  at("progress").max = work.seconds.length;
  at("progress").value = done;
  at("previous").disabled = shown === 0;
  at("next").disabled = shown === work.seconds.length - 1;
  at("undo").disabled = !work.last && !saving.queue.length;
  at("open").disabled = done === work.seconds.length;
}

async function undo() {
  pad.flush();
  trace.stop();
  await saving.idle();
  if (!work.last) return;
  const answer = await ask("undo", { name: work.name, window: own, take: work.last });
  if (!answer.ok) return state(`not undone: ${answer.error}`, true);
  work.last = answer.last;
  if (answer.number !== null) {
    work.said[answer.number] = answer.said;
    show(answer.number);
  }
  state("undone");
}

const ACTIONS = { previous: () => show(shown - 1), next: () => show(shown + 1), open: () => show(firstOpen(shown + 1)), undo };
for (const [id, action] of Object.entries(ACTIONS)) at(id).addEventListener("click", action);
addEventListener("keydown", (event) => {
  if (at("work").hidden || event.ctrlKey || event.metaKey || event.altKey) return;
  const id = { n: "next", p: "previous", u: "undo", " ": "record" }[event.key.toLowerCase()];
  if (!id || (event.key === " " && (at("moving").hidden || event.target.tagName === "BUTTON"))) return;
  event.preventDefault();
  at(id).click();
});

const { name } = await (await fetch("start")).json();
if (name || sessionStorage.name) await enter(name ?? sessionStorage.name);
else {
  at("enter").hidden = false;
  at("name").focus();
}
