// A video's valence or arousal over time: recorded while it plays, again over any stretch of it.

import { written } from "./pad.js";

const SAMPLE = 0.04; // s of the video between two points
const EVERY = 300; // ms between two saves while it records
const GAP = 0.5; // s without a point that nobody has said anything of
const WORDS = { valence: ["pleasant", "unpleasant"], arousal: ["excited", "calm"] };
const at = (id) => document.getElementById(id);
const video = at("video");
const seconds = (time) => `${Math.floor(time / 60)}:${(time % 60).toFixed(1).padStart(4, "0")}`;

// Points merged as the server does it: those of a stretch replace what stood there.
export function merge(stood, points) {
  const first = points[0][0], last = points.at(-1)[0];
  return [...stood.filter(([time]) => time < first), ...points, ...stood.filter(([time]) => time > last)];
}

// Runs of points without a gap.
function stretches(points) {
  const found = [];
  points.forEach((point, i) => (i && point[0] - points[i - 1][0] <= GAP ? found.at(-1).push(point) : found.push([point])));
  return found;
}

// Whether something is said of all of it but half a second; a picture has 0 s and a point.
export function isWhole(points, duration) {
  const covered = stretches(points ?? []).reduce((sum, run) => sum + run.at(-1)[0] - run[0][0], 0);
  return !!points?.length && covered >= duration - GAP;
}

export class Trace {
  // said(take, {dimension: points}): is told what is new, a few times a second; ended(): a dimension is through
  constructor(said, ended) {
    Object.assign(this, { said, ended, traces: {}, dimension: "valence", value: 0, take: null });
    at("record").addEventListener("click", () => this.toggle());
    for (const input of document.getElementsByName("dimension")) input.addEventListener("change", () => this.choose(input.value));
    for (const input of document.getElementsByName("rate")) input.addEventListener("change", () => (video.playbackRate = +input.value));
    at("lever").addEventListener("pointerdown", (event) => this.follow(event));
    at("lever").addEventListener("pointermove", (event) => this.follow(event));
    at("plot").addEventListener("pointerdown", (event) => this.seek(event));
    addEventListener("keydown", (event) => this.key(event));
    video.addEventListener("pause", () => this.stop(video.ended));
    for (const change of ["seeked", "loadedmetadata"]) video.addEventListener(change, () => this.draw());
    addEventListener("pagehide", () => this.stop());
  }

  show(traces) {
    this.traces = { valence: traces.valence ?? [], arousal: traces.arousal ?? [] };
    this.choose(this.isThrough("valence") && !this.isThrough("arousal") ? "arousal" : "valence");
  }

  isThrough(dimension) {
    return isWhole(this.traces[dimension], video.duration);
  }

  choose(dimension) {
    this.stop();
    this.dimension = dimension;
    document.querySelector(`[name=dimension][value=${dimension}]`).checked = true;
    [at("high").textContent, at("low").textContent] = WORDS[dimension];
    this.set(0);
    this.draw();
  }

  follow(event) {
    if (event.type === "pointerdown") at("lever").setPointerCapture(event.pointerId);
    if (event.pointerType !== "mouse" && !event.buttons) return;
    this.set(-new DOMPoint(event.clientX, event.clientY).matrixTransform(at("lever").getScreenCTM().inverse()).y);
  }

  key(event) {
    if (at("moving").hidden || !["ArrowUp", "ArrowDown"].includes(event.key) || event.target.type === "radio") return;
    event.preventDefault();
    this.set(this.value + (event.key === "ArrowUp" ? 1 : -1) * (event.shiftKey ? 0.01 : 0.05));
  }

  set(value) {
    this.value = Math.round(Math.max(-1, Math.min(1, value)) * 1000) / 1000;
    at("hand").setAttribute("y", -this.value - 0.03);
    at("lever").setAttribute("aria-valuenow", this.value);
    at("lever").setAttribute("aria-valuetext", written(this.value));
  }

  seek(event) {
    this.stop();
    const box = at("plot").getBoundingClientRect();
    video.currentTime = Math.max(0, (event.clientX - box.left) / box.width) * (video.duration || 0);
  }

  toggle() {
    return this.take ? this.stop() : this.record();
  }

  async record() {
    if (video.ended || video.currentTime >= video.duration - SAMPLE) video.currentTime = 0;
    Object.assign(this, { take: crypto.randomUUID(), fresh: [], told: performance.now() });
    this.sample();
    await video.play().catch(() => this.stop());
    this.step();
  }

  step() {
    if (!this.take) return;
    if (video.currentTime - this.fresh.at(-1)[0] >= SAMPLE) this.sample();
    if (performance.now() - this.told >= EVERY) this.tell();
    requestAnimationFrame(() => this.step());
  }

  sample(time = video.currentTime) {
    const point = [Math.round(time * 1000) / 1000, this.value];
    this.fresh.push(point);
    this.traces[this.dimension] = merge(this.traces[this.dimension], this.fresh.slice(-2));
    this.draw();
  }

  // The last point is told again as the first of what follows, so that nothing old stays between them.
  tell() {
    this.told = performance.now();
    if (this.fresh.length > 1) this.said(this.take, { [this.dimension]: this.fresh });
    this.fresh = this.fresh.slice(-1);
  }

  stop(atEnd = false) {
    if (!this.take) return;
    if (atEnd || video.currentTime > this.fresh.at(-1)[0]) this.sample(atEnd ? video.duration : video.currentTime);
    this.tell();
    this.take = null;
    video.pause();
    if (atEnd) this.ended(this.dimension);
    this.draw();
  }

  draw() {
    const duration = video.duration || 1;
    const path = (points) => points.map(([time, value]) => `${time / duration},${-value}`).join(" ");
    const other = this.dimension === "valence" ? "arousal" : "valence";
    document.querySelector("#plot .other").setAttribute("points", path(this.traces[other] ?? []));
    at("lines").replaceChildren(...stretches(this.traces[this.dimension] ?? []).map((run) => {
      const line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
      line.setAttribute("points", path(run));
      return line;
    }));
    for (const end of ["x1", "x2"]) at("head").setAttribute(end, video.currentTime / duration);
    at("record").textContent = this.take ? "Stop" : `Record ${this.dimension}`;
    at("record").classList.toggle("on", !!this.take);
    document.querySelector("#plot .other").classList.toggle("away", !!this.take); // one dimension at a time
    at("time").textContent = `${seconds(video.currentTime)} of ${seconds(video.duration || 0)}`;
  }
}
