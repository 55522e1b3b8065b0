// Who answers a picture: this page itself, or the server. Both give [{points, box, answers, refused}], the largest first.

import { boxOf } from "./stage.js";

const PATIENCE = 120_000; // ms that the page's own parts may take to load

/** This page: a worker with MediaPipe and ONNX Runtime. */
export class Page {
  /** @param {object} facts of the model */
  static async open(facts) {
    if (typeof WebAssembly === "undefined" || typeof Worker === "undefined") throw new Error("this browser has no WebAssembly");
    const page = new Page(new Worker("worker.js", { type: "module" }));
    const files = { model: `${facts.version}.onnx`, landmarks: "landmarks.task" };
    const place = (name) => new URL(name, location.href).href;
    try {
      await page.ask({ facts: { ...facts, model: place(files.model), landmarks: place(files.landmarks) } }, [], PATIENCE);
    } catch (error) {
      page.close();
      throw error;
    }
    return page;
  }

  constructor(worker) {
    Object.assign(this, { place: "page", worker, number: 0, waiting: new Map() });
    worker.onmessage = ({ data }) => this.settle(data.number, data.error, data);
    worker.onerror = (event) => {
      event.preventDefault();
      for (const number of [...this.waiting.keys()]) this.settle(number, event.message || "its files cannot be loaded");
    };
  }

  settle(number, error, data) {
    const { resolve, reject, timer } = this.waiting.get(number) ?? {};
    this.waiting.delete(number);
    clearTimeout(timer);
    if (error) reject?.(new Error(error));
    else resolve?.(data);
  }

  ask(message, moved = [], patience = 0) {
    const number = this.number++;
    return new Promise((resolve, reject) => {
      const timer = patience ? setTimeout(() => this.settle(number, `no answer within ${patience / 1000} s`), patience) : 0;
      this.waiting.set(number, { resolve, reject, timer });
      this.worker.postMessage({ number, ...message }, moved);
    });
  }

  /** @param {ImageData} picture it is copied, so that it can still be drawn */
  async look(picture) {
    const data = picture.data.slice();
    const { faces, took } = await this.ask({ picture: { data, width: picture.width, height: picture.height } }, [data.buffer]);
    return { faces: faces.map((face) => ({ ...face, box: boxOf(face.points) })), took, notes: [] };
  }

  close() {
    this.worker.terminate();
    for (const number of [...this.waiting.keys()]) this.settle(number, "closed");
  }
}

/** The server: frames over one WebSocket, one after the other. */
export class Server {
  /** @param {object} facts of the model */
  static async open(facts) {
    const server = new Server(facts);
    await server.connect();
    return server;
  }

  constructor(facts) {
    Object.assign(this, { place: "server", facts, socket: null, canvas: null, waiting: null });
  }

  get isOpen() {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  connect() {
    const address = new URL("/stream?points=true", location.href);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    const socket = (this.socket = new WebSocket(address));
    return new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onmessage = ({ data }) => this.settle(JSON.parse(data));
      socket.onclose = socket.onerror = () => {
        reject(new Error("the server does not answer"));
        this.fail("the server is gone");
      };
    });
  }

  settle(said) {
    if (said.skipped) return;
    if (said.error) return this.fail(said.detail);
    this.waiting?.resolve(said);
    this.waiting = null;
  }

  fail(why) {
    this.waiting?.reject(new Error(why));
    this.waiting = null;
  }

  /** @param {ImageData} picture @param {Blob} [file] that it was read from: sent as it is */
  async look(picture, file) {
    const began = performance.now();
    const frame = file ?? (await this.encoded(picture));
    if (!this.isOpen) await this.connect(); // it ends a stream that was silent for long
    const said = await new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.socket.send(frame);
    });
    const faces = said.faces.map((face) => ({ ...face, answers: this.facts.names.map((name) => (face.probabilities ?? face.values)[name]) }));
    return { faces, took: { server: performance.now() - began }, notes: said.notes ?? [] };
  }

  encoded(picture) {
    if (this.canvas?.width !== picture.width || this.canvas?.height !== picture.height) this.canvas = new OffscreenCanvas(picture.width, picture.height);
    this.canvas.getContext("2d").putImageData(picture, 0, 0);
    return this.canvas.convertToBlob({ type: "image/jpeg", quality: 0.92 });
  }

  close() {
    this.socket?.close();
    this.fail("closed");
  }
}
