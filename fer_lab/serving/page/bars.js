// A bar a class, label or value; beside each how good the model is at it, as measured.

import { at, weakest, word, worth } from "./about.js";

const NONE = "no clear expression";
const TITLES = {
  classes: "Probability of each class; below it how many of its test items were right",
  labels: "Probability of each label (answered from 50 % on); below it its F1 on the test items",
  values: "Value of each, in the data set's scale; below it how good it was on the test items",
};

export class Bars {
  /** @param {object} facts of the model */
  constructor(facts) {
    this.facts = facts;
    this.threshold = null;
    at("bars-title").textContent = TITLES[facts.kind];
    const weak = new Set(weakest(facts).map((one) => one.name));
    this.rows = facts.names.map((name, i) => row(name, i, facts, weak.has(name)));
    at("bars").replaceChildren(...this.rows.map((one) => one.item));
    this.offer();
    this.clear();
  }

  /** The choice of how sure the model must be. */
  offer() {
    const known = this.facts.thresholds;
    at("choose").hidden = this.facts.kind !== "classes";
    const choices = [{ above: null, text: "the likeliest, however unsure" }, ...known.map((one) => ({ ...one, text: one.error === null ? `only above ${Math.round(100 * one.above)} %` : `so that at most ${Math.round(100 * one.error)} % of answers are wrong` }))];
    at("threshold").replaceChildren(...choices.map((one, i) => new Option(one.text, i)));
    at("threshold").onchange = () => this.choose(choices[at("threshold").value]);
    at("threshold").value = 0;
    this.choose(choices[0]);
  }

  choose(choice) {
    this.threshold = choice.above;
    const { answered, wrong, low = null, high = null } = choice;
    at("promise").textContent = answered === undefined ? "" : `Surer than ${(100 * choice.above).toFixed(0)} %: on the test items it then answered ${Math.round(100 * answered)} %${wrong === null ? "" : `, of which ${worth({ value: wrong, low, high }, true)} were wrong`}; all others are “${NONE}”.`;
    if (this.shown) this.show(this.shown);
  }

  clear(words = "no face yet") {
    this.shown = null;
    for (const { item, fill, value } of this.rows) {
      fill.style.setProperty("--long", "0%");
      value.textContent = "";
      item.className = "";
      delete item.dataset.value;
    }
    tell(words, "");
  }

  /** @param {number[]} answers by name */
  show(answers) {
    this.shown = answers;
    const { kind, scale, names } = this.facts, best = answers.indexOf(Math.max(...answers));
    answers.forEach((answer, i) => {
      const { item, fill, value } = this.rows[i];
      const [low, high] = kind === "values" ? scale ?? [-1, 1] : [0, 1];
      const share = Math.min(1, Math.max(0, (answer - low) / (high - low))), from = kind === "values" ? Math.min(share, 0.5) : 0;
      fill.style.setProperty("--from", `${100 * from}%`);
      fill.style.setProperty("--long", `${100 * (kind === "values" ? Math.abs(share - 0.5) : share)}%`);
      value.textContent = kind === "values" ? answer.toFixed(2) : `${(100 * answer).toFixed(0)} %`;
      item.dataset.value = answer;
      item.className = kind === "classes" ? (i === best ? "best" : "") : kind === "labels" && answer >= 0.5 ? "best" : "";
    });
    tell(...this.words(answers, names, best));
  }

  words(answers, names, best) {
    if (this.facts.kind === "values") return [names.map((name, i) => `${name} ${answers[i].toFixed(2)}`).join(", "), ""];
    if (this.facts.kind === "labels") return [names.filter((_, i) => answers[i] >= 0.5).join(", ") || "none present", ""];
    const sure = `${(100 * answers[best]).toFixed(0)} %`;
    return this.threshold === null || answers[best] > this.threshold ? [names[best], sure] : [NONE, `${names[best]} is likeliest, ${sure}`];
  }
}

function row(name, number, facts, isWeak) {
  const item = document.createElement("li"), parts = {};
  item.dataset.name = name;
  for (const [part, tag] of [["name", "span"], ["bar", "span"], ["value", "span"], ["worth", "small"]]) {
    parts[part] = item.appendChild(document.createElement(tag));
    parts[part].className = part;
  }
  parts.name.textContent = name;
  parts.bar.style.setProperty("--own", `var(--c${number % 8})`);
  const fill = parts.bar.appendChild(document.createElement("i"));
  if (facts.kind !== "classes") parts.bar.append(document.createElement("u")); // half way: present, or neither
  const known = facts.by_name.find((one) => one.name === name);
  parts.worth.textContent = known ? `${measured(known, facts)}${isWeak ? " · weak" : ""}` : "";
  parts.worth.classList.toggle("weak", isWeak);
  return { item, fill, value: parts.value };
}

function measured(known, facts) {
  const items = `${known.items} items`;
  if (facts.kind === "classes") return `right ${worth(known, true)} of ${items}`;
  return `${facts.kind === "labels" ? "F1" : word(facts.measured[0]?.name ?? "")} ${worth(known, false)} on ${items}`;
}

let last = "", quiet = 0;
function tell(words, sure) {
  at("word").textContent = words;
  at("sure").textContent = sure;
  if (words === last || performance.now() - quiet < 2000) return; // a reader that speaks hears changes, not frames
  [last, quiet] = [words, performance.now()];
  at("spoken").textContent = words;
}
