// What is said goes to the server in its order, and stays in the window's memory until it is on disk.

const WAIT = 1000; // ms until a server that does not answer is asked again

export async function ask(path, body) {
  const response = await fetch(path, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), keepalive: true,
  });
  const answer = await response.json();
  return { ok: response.ok, status: response.status, ...answer };
}

export class Saving {
  // identity: who writes, from which window, under which listing of files; show(words, bad) says how it stands;
  // lost(answer): this window may no longer write; saved(last): the take that undo would take back
  constructor(identity, show, lost, saved) {
    Object.assign(this, { identity, show, lost, saved, running: null });
    this.key = `unsaved ${identity.name}`;
    const kept = JSON.parse(sessionStorage.getItem(this.key) ?? "[]");
    this.queue = kept.filter((mark) => mark.listing === identity.listing);
    if (this.queue.length < kept.length) show(`${kept.length - this.queue.length} marks were of other files, and are lost`, true);
    this.run();
  }

  add(mark) {
    this.queue.push({ ...this.identity, ...mark });
    this.run();
  }

  // All that was added is on disk.
  async idle() {
    while (this.running) await this.running;
  }

  run() {
    this.keep();
    this.running ??= this.work().finally(() => (this.running = null));
  }

  keep() {
    sessionStorage.setItem(this.key, JSON.stringify(this.queue));
  }

  async work() {
    while (this.queue.length) {
      this.show("saving");
      const answer = await ask("mark", this.queue[0]).catch(() => ({ status: 0, error: "the server does not answer" }));
      if (answer.status === 409) return this.lost(answer);
      if (answer.status === 0 || answer.status >= 500) {
        this.show(`not saved yet: ${answer.error}`, true);
        await new Promise((wake) => setTimeout(wake, WAIT));
        continue;
      }
      this.queue.shift();
      this.keep();
      if (answer.ok) this.saved(answer.last);
      this.show(answer.ok ? "saved" : `refused: ${answer.error}`, !answer.ok);
    }
  }
}
