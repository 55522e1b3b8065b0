// What is known of the model, in words: how good it is, what it is weak at, and on what it was trained.

export const at = (id) => document.getElementById(id);

/** Say what is wrong, where a reader hears it at once; "" when it is over. */
export function trouble(words) {
  at("trouble").hidden = !words;
  at("trouble").textContent = words;
}

const WORDS = { accuracy: "accuracy", macro_f1: "macro-F1", micro_f1: "micro-F1", uar: "UAR", kappa: "kappa", ccc: "concordance", rmse: "RMSE", mae: "mean absolute error", pearson: "correlation", sagr: "sign agreement", icc: "ICC", exact_match: "exact match" };
export const word = (name) => WORDS[name] ?? name.replaceAll("_", " ");
const MOST = 3; // names in a sentence
const SHARES = ["accuracy", "uar", "exact_match"];

/** A share as a percentage, or another number, with its interval where there is one. */
export function worth({ value, low, high }, isShare) {
  if (value === null) return "not known";
  const said = isShare ? (x) => `${Math.round(100 * x)}` : (x) => x.toFixed(2);
  const interval = low === null || high === null ? "" : ` [${said(low)}, ${said(high)}]`;
  return `${said(value)}${isShare ? " %" : ""}${interval}`;
}

/** What the model does worst: classes in which it is right less often than chance asks, or the lowest of all. */
export function weakest(facts) {
  const known = facts.by_name.filter((one) => one.value !== null).sort((one, other) => one.value - other.value);
  const limit = facts.chance === null ? 0.5 : Math.max(2 * facts.chance, 0.5);
  return known.filter((one) => one.value < limit);
}

export function tell(facts) {
  at("title").textContent = facts.cell;
  document.title = `${facts.cell} · fer_lab live`;
  at("stamp").hidden = !facts.generated;
  at("stamp").textContent = "trained on generated faces";
  at("version").textContent = `version ${facts.version}`;
  const [main] = facts.measured;
  const isShare = SHARES.includes(main?.name);
  at("summary").textContent = main
    ? `Measured on ${main.items} test items${facts.people ? ` of ${facts.people} people` : ""}: ${word(main.name)} ${worth(main, isShare)}${main.low === null ? " (no interval: too few people)" : " (95 % interval)"}${facts.chance === null ? "" : `; guessing gives ${Math.round(100 * facts.chance)} %`}.${facts.generated ? " All of them generated faces: how good it is with people is not known." : ""}`
    : "Nothing was measured.";
  at("weak").textContent = weaknesses(facts).join(" ");
  list([
    ...facts.measured.slice(1).map((one) => [word(one.name), worth(one, SHARES.includes(one.name))]),
    ...groups(facts),
    ...calibration(facts),
    ["data", `${facts.title}, ${facts.of}`],
    ["run", `${facts.run} · ${facts.source} · ${facts.profile} · ${facts.protocol}`],
    ["weights", facts.weights],
    ["licence", facts.licence],
    ["version", `${facts.version}, ${(facts.bytes / 1e6).toFixed(1)} MB`],
  ]);
}

/** In sentences: what it answers worst, and what it takes for what. */
function weaknesses(facts) {
  const weak = weakest(facts).map((one) => `${one.name} (${worth(one, facts.kind === "classes")})`);
  const more = weak.length > MOST ? ` and ${weak.length - MOST} more` : "";
  const taken = facts.confused.map((one) => `${one.class} for ${one.answered} (${Math.round(100 * one.share)} %)`);
  return [weak.length && `Weak at: ${weak.slice(0, MOST).join(", ")}${more}.`, taken.length && `It takes ${taken.slice(0, MOST).join(", ")}.`].filter(Boolean);
}

/** A row an attribute of people: how good it is in each group. */
function groups(facts) {
  const by = Map.groupBy(facts.groups, (one) => one.attribute);
  const said = (one) => `${one.group}: ${worth({ ...one, value: one.mean }, facts.kind === "classes")}${one.underpowered ? " (few people)" : ""}`;
  return [...by].map(([name, ones]) => [`by ${name.replaceAll("_", " ")}`, ones.map(said).join(" · ")]);
}

function calibration({ calibration: { ece, by_chance: chance } }) {
  const share = (value) => `${(100 * value).toFixed(0)} %`;
  return ece === undefined || ece === null ? [] : [["calibration", `probabilities are off by ${share(ece)} on average${chance ? `, of which chance makes ${share(chance)}` : ""}`]];
}

function list(rows) {
  at("details").replaceChildren(...rows.flatMap(([name, text]) => {
    const term = document.createElement("dt"), said = document.createElement("dd");
    [term.textContent, said.textContent] = [name, text];
    return [term, said];
  }));
}
