// Shows the claims that have a word and a verdict; without this file all of them are shown.
addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector(".filter");
  const rows = [...document.querySelectorAll("tr[data-said]")];
  const folds = [...document.querySelectorAll("main details")].map((fold) => [fold, fold.open]);
  const show = () => {
    const word = form.word.value.trim().toLowerCase();
    const said = form.said.value;
    for (const row of rows) {
      row.hidden = (said && row.dataset.said !== said) || !row.textContent.toLowerCase().includes(word);
    }
    for (const [fold, open] of folds) {
      fold.open = word || said ? !!fold.querySelector("tr[data-said]:not([hidden])") : open;
    }
    form.querySelector("output").textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length}`;
  };
  form.hidden = false;
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  show();
});
