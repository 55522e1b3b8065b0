// Answers of the last seconds, one line each, in the colours of the bars.

const SECONDS = 20, MOST = 8, LEFT = 48, PAUSE = 100; // px left of the lines; ms between two drawings

export class Plot {
  /** @param {HTMLCanvasElement} canvas @param {object} facts of the model */
  constructor(canvas, facts) {
    Object.assign(this, { canvas, facts, points: [], drawn: 0, later: null, width: 0, height: 0 });
    [this.low, this.high] = facts.kind === "values" ? facts.scale ?? [-1, 1] : [0, 1];
    new ResizeObserver(() => this.fit()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  fit() {
    const ratio = devicePixelRatio;
    [this.width, this.height] = [this.canvas.clientWidth, this.canvas.clientHeight];
    Object.assign(this.canvas, { width: this.width * ratio, height: this.height * ratio });
    this.draw();
  }

  clear() {
    this.points = [];
    this.draw();
  }

  /** @param {number} seconds when @param {number[] | null} answers of the chosen face; null: there was none */
  add(seconds, answers) {
    this.points = [...this.points.filter((point) => point.seconds > seconds - SECONDS), { seconds, answers }];
    if (performance.now() - this.drawn > PAUSE) this.draw();
    else this.later ??= setTimeout(() => this.draw(), PAUSE);
  }

  draw() {
    clearTimeout(this.later);
    [this.later, this.drawn] = [null, performance.now()];
    const { canvas, width, height } = this, pen = canvas.getContext("2d"), style = getComputedStyle(canvas);
    pen.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    pen.clearRect(0, 0, width, height);
    const end = this.points.at(-1)?.seconds ?? 0;
    const across = (seconds) => LEFT + (width - LEFT - 12) * (1 - (end - seconds) / SECONDS);
    const down = (value) => 10 + (height - 20) * (1 - (value - this.low) / (this.high - this.low));
    this.grid(pen, style, width, down);
    for (const index of this.chosen()) this.line(pen, style.getPropertyValue(`--c${index % 8}`), index, across, down);
    const latest = this.points.findLast((point) => point.answers)?.answers;
    canvas.setAttribute("aria-label", latest ? `${this.points.length} answers of the last ${SECONDS} seconds; the latest: ${this.facts.names.map((name, i) => `${name} ${latest[i].toFixed(2)}`).join(", ")}` : "no answers yet");
  }

  /** Which names are drawn: all, or of many those with the largest answers. */
  chosen() {
    const { names } = this.facts, most = names.map((_, i) => Math.max(...this.points.map((point) => point.answers?.[i] ?? -Infinity)));
    return names.map((_, i) => i).sort((one, other) => most[other] - most[one]).slice(0, MOST);
  }

  grid(pen, style, width, down) {
    pen.font = `12px ${style.fontFamily}`;
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    for (const value of [this.low, (this.low + this.high) / 2, this.high]) {
      pen.fillStyle = style.getPropertyValue("--soft");
      pen.fillText(this.facts.kind === "values" ? value.toFixed(1) : `${100 * value} %`, LEFT - 6, down(value));
      pen.fillStyle = style.getPropertyValue("--line");
      pen.fillRect(LEFT, down(value), width - LEFT - 12, 1);
    }
  }

  line(pen, colour, index, across, down) {
    [pen.strokeStyle, pen.lineWidth, pen.lineCap] = [colour, 2, "round"];
    pen.beginPath();
    let isDown = false;
    for (const { seconds, answers } of this.points) {
      const place = answers && [across(seconds), down(Math.min(this.high, Math.max(this.low, answers[index])))];
      if (place && !isDown) pen.moveTo(...place);
      if (place) pen.lineTo(place[0] + 0.01, place[1]); // a canvas draws no line that is as long as nothing
      isDown = Boolean(answers);
    }
    pen.stroke();
  }
}
