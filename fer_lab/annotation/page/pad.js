// A picture's valence and arousal: a point on a pad, or two sliders.

const EVERY = 200; // ms between two saves while a pointer moves
const STEP = 0.05, FINE = 0.01;
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const at = (id) => document.getElementById(id);
const within = (value) => Math.round(Math.max(-1, Math.min(1, value)) * 1000) / 1000;
export const written = (value) => (value < 0 ? "−" : "+") + Math.abs(value).toFixed(2);

export class Pad {
  // said(take, [valence, arousal]): is told each change, a few times a second while something moves
  constructor(said) {
    this.said = said;
    const pad = at("pad");
    pad.addEventListener("pointerdown", (event) => {
      pad.setPointerCapture(event.pointerId);
      this.begin();
      this.follow(event);
    });
    pad.addEventListener("pointermove", (event) => pad.hasPointerCapture(event.pointerId) && this.follow(event));
    for (const end of ["pointerup", "pointercancel"]) pad.addEventListener(end, () => this.flush());
    pad.addEventListener("keydown", (event) => this.key(event));
    ["valence", "arousal"].forEach((name, axis) => {
      at(name).addEventListener("pointerdown", () => this.begin());
      at(name).addEventListener("keydown", () => this.begin());
      at(name).addEventListener("input", () => this.move(axis ? [this.value?.[0] ?? 0, +at(name).value] : [+at(name).value, this.value?.[1] ?? 0]));
      at(name).addEventListener("change", () => this.flush());
    });
    addEventListener("pagehide", () => this.flush());
  }

  show(value) {
    clearTimeout(this.timer);
    this.value = value;
    this.timer = this.take = null;
    this.draw();
  }

  begin() {
    this.flush();
    this.take = crypto.randomUUID();
  }

  follow(event) {
    const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(at("pad").getScreenCTM().inverse());
    this.move([place.x, -place.y]);
  }

  key(event) {
    if (!(event.key in KEYS)) return;
    event.preventDefault();
    if (!event.repeat) this.begin();
    const step = event.shiftKey ? FINE : STEP;
    this.move(KEYS[event.key].map((way, axis) => (this.value?.[axis] ?? 0) + way * step));
  }

  move(value) {
    this.take ??= crypto.randomUUID();
    this.value = value.map(within);
    this.draw();
    this.timer ??= setTimeout(() => this.flush(), EVERY);
  }

  // Tell what has not been told yet.
  flush() {
    if (!this.timer) return;
    clearTimeout(this.timer);
    this.timer = null;
    this.said(this.take, this.value);
  }

  draw() {
    const [valence, arousal] = this.value ?? [0, 0];
    at("point").setAttribute("visibility", this.value ? "visible" : "hidden");
    at("point").setAttribute("cx", valence);
    at("point").setAttribute("cy", -arousal);
    [["valence", valence], ["arousal", arousal]].forEach(([name, value]) => {
      at(name).value = value;
      at(`${name}-said`).textContent = this.value ? written(value) : "–";
    });
  }
}
