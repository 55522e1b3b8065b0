// One picture after the other, of the camera or a video, for as long as somebody wants to see them.

import { at, trouble } from "./about.js";

const OVER = 3000; // ms that the rate is taken over

export class Watching {
  /** @param {(picture: ImageData, mirrored: boolean) => Promise<{faces: object[], took: object} | null>} look
   * null where it was not answered @param {(words: string) => void} say */
  constructor(look, say) {
    Object.assign(this, { look, say, moving: null, turn: 0 });
  }

  /** @param {() => Promise<import("./sources.js").Moving>} open */
  async start(open) {
    this.stop();
    trouble("");
    this.say("Opening …");
    const own = this.turn;
    let opened;
    try {
      opened = await open();
    } catch (error) {
      if (own !== this.turn) return;
      this.say("");
      return trouble(error.message);
    }
    if (own !== this.turn) return opened.stop();
    this.moving = opened;
    at("stop").disabled = false;
    await this.follow(opened);
  }

  stop() {
    this.turn += 1;
    this.moving?.stop();
    this.moving = null;
    at("stop").disabled = true;
    at("speed").textContent = "";
  }

  /** Answer pictures; those that come while one is answered are left out, but for the first, which is next. */
  async follow(source) {
    const came = [];
    let [pictures, faces] = [0, 0];
    for (let coming = source.next(), picture; (picture = await coming); ) {
      coming = source.next();
      const found = await this.look(picture, source.mirrored);
      if (!found || this.moving !== source) return;
      pictures += 1;
      faces += found.faces.length > 0;
      this.count(came, pictures, found.took);
    }
    if (this.moving !== source) return;
    this.stop();
    this.say(faces ? `The video has ended: ${pictures} pictures were answered, ${faces} of them with a face.` : `The video has ended: no face in any of ${pictures} pictures.`);
  }

  count(came, pictures, took) {
    came.push(performance.now());
    while (came.length > 2 && came.at(-1) - came[0] > OVER) came.shift();
    const rate = came.length > 1 ? (1000 * (came.length - 1)) / (came.at(-1) - came[0]) : 0;
    Object.assign(at("speed").dataset, { pictures, rate: rate.toFixed(1), took: JSON.stringify(took) });
    at("speed").textContent = `${rate.toFixed(0)} pictures/s`;
  }
}
