// What is shown, who answers it, and what came of it.

import { at, tell, trouble } from "./about.js";
import { Bars } from "./bars.js";
import { Page, Server } from "./engines.js";
import { Plot } from "./plot.js";
import { camera, film, still } from "./sources.js";
import { draw } from "./stage.js";
import { Watching } from "./watching.js";

const ENGINES = { page: Page, server: Server };
const SENT = {
  page: "Pictures stay in this page: faces are found and answered here, and nothing of them is sent anywhere.",
  server: "Each picture is sent to the server that gave you this page, which answers it and keeps nothing.",
};
let facts, bars, plot, engine, shown = null, chosen = 0, turn = 0;

const where = () => document.querySelector("[name=where]:checked").value;
const state = (words) => at("state").textContent !== words && (at("state").textContent = words);

// --- who answers

/** Open whoever is chosen; the last choice counts. */
async function change() {
  const own = ++turn;
  engine?.close();
  engine = null;
  enable(false);
  trouble("");
  at("sent").textContent = [SENT[where()], facts.why && `This page cannot do it itself: ${facts.why}.`].filter(Boolean).join(" ");
  state(where() === "page" ? "Loading what computes in this page …" : "Asking the server …");
  const began = performance.now();
  try {
    const opened = await ENGINES[where()].open(facts);
    if (own !== turn) return opened.close();
    engine = opened;
  } catch (error) {
    return own === turn ? unavailable(error) : undefined;
  }
  at("where").dataset.opened = Math.round(performance.now() - began);
  state("Ready for the camera, a picture or a video.");
  enable(true);
  if (shown?.file) await look(shown.picture, { file: shown.file });
}

function unavailable(error) {
  state("");
  if (where() === "page") trouble(`This page cannot compute it itself (${error.message}). Choose “on the server”.`);
  else again(`The server cannot be used: ${error.message}.`);
}

/** Say what is wrong with the server, and try it again for as long as it is chosen. */
function again(words) {
  const own = turn;
  trouble(`${words} It is asked again every few seconds.`);
  setTimeout(() => own === turn && where() === "server" && change(), 3000);
}

function enable(is) {
  at("camera").disabled = at("file").disabled = !is;
}

// --- what is shown

/** Answer a picture and show what came of it; whether it was answered. */
async function look(picture, { file = null, mirrored = false } = {}) {
  const asked = engine;
  let found;
  try {
    found = await asked.look(picture, file);
  } catch (error) {
    if (asked === engine) failed(error);
    return false;
  }
  shown = { picture, file, mirrored, by: asked.place, ...found };
  chosen = Math.min(chosen, Math.max(0, found.faces.length - 1));
  show();
  plot.add(performance.now() / 1000, found.faces[chosen]?.answers ?? null);
  return true;
}

function failed(error) {
  watching.stop();
  if (engine.place === "server" && !engine.isOpen) again(`The answer has not come: ${error.message}.`);
  else trouble(`This picture was not answered: ${error.message}.`);
}

function show() {
  const { picture, faces, mirrored, notes } = shown, face = faces[chosen];
  draw(picture, faces, chosen, mirrored);
  if (face?.answers) bars.show(face.answers);
  else bars.clear(face ? `not answered: ${face.refused}` : "no face");
  Object.assign(at("picture").dataset, { faces: faces.length, by: shown.by });
  offerFaces(faces);
  state([counted(faces.length), ...notes.filter((note) => note !== "no face")].join(" · "));
}

function counted(faces) {
  if (!faces) return "No face in this picture; those much smaller than it are not found.";
  return `${faces === 1 ? "One face" : `${faces} faces`}.${faces >= facts.most ? ` More than ${facts.most} are not looked for.` : ""}`;
}

function offerFaces(faces) {
  const group = at("faces");
  group.hidden = faces.length < 2;
  while (group.children.length > faces.length) group.lastChild.remove();
  while (group.children.length < faces.length) group.append(choice(group.children.length));
  [...group.children].forEach((button, i) => button.setAttribute("aria-pressed", i === chosen));
}

function choice(number) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", textContent: `face ${number + 1}`, onclick: () => choose(number) });
  return button;
}

function choose(number) {
  chosen = number;
  plot.clear();
  show();
}

// --- what it is shown from

const watching = new Watching(async (picture, mirrored) => ((await look(picture, { mirrored })) ? shown : null), state);

function begin() {
  plot.clear();
  chosen = 0;
}

/** @param {File[]} files of which the first is shown */
async function open(files) {
  const [file] = files;
  if (!engine || !file) return trouble(file ? "Nothing can be answered yet: wait until this page is ready." : "That is no file: drop a picture or a video.");
  begin();
  if (/^video\//.test(file.type)) return watching.start(() => film(file));
  watching.stop();
  trouble("");
  try {
    await look(await still(file), { file });
    if (files.length > 1) trouble(`Only the first of ${files.length} files is shown.`);
  } catch (error) {
    trouble(error.message);
  }
}

// --- hands and keys

at("camera").addEventListener("click", () => {
  begin();
  watching.start(camera);
});
at("stop").addEventListener("click", () => {
  watching.stop();
  state("Stopped.");
});
at("file").addEventListener("change", ({ target }) => {
  open([...target.files]);
  target.value = "";
});
at("where").addEventListener("change", () => {
  watching.stop();
  change();
});
for (const [kind, isOver] of [["dragover", true], ["dragleave", false], ["drop", false]]) {
  addEventListener(kind, (event) => {
    event.preventDefault();
    at("stage").classList.toggle("over", isOver);
    if (kind === "drop") open([...event.dataTransfer.files]);
  });
}

// --- begin

try {
  facts = await (await fetch("facts.json")).json();
  tell(facts);
  [bars, plot] = [new Bars(facts), new Plot(at("plot"), facts)];
  if (facts.why) {
    const [page, server] = document.querySelectorAll("[name=where]");
    [page.disabled, server.checked] = [true, true];
  }
  await change();
} catch (error) {
  state("");
  trouble(`The model's facts cannot be read: ${error.message}. Start fer-lab demo again, then reload this page.`);
}
