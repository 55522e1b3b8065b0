// Where pictures come from: the camera, a picture, a video. Each gives pixels, one picture after the other.

const LONGEST = 1280; // px of a moving picture's longer side: what is larger is scaled down
const MOST_PIXELS = 64e6; // of a picture, as on the server
const REFUSED = {
  NotAllowedError: "The camera may not be used: this page has been refused it. Allow it beside the address, then try again.",
  NotFoundError: "There is no camera here. A picture or a video can be opened instead.",
  NotReadableError: "The camera is there but gives no picture: another program may be using it.",
};

/** One picture. @param {Blob} file */
export async function still(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  } catch {
    throw new Error(`${file.name ?? "this file"} is no picture that this browser can read.`);
  }
  if (bitmap.width * bitmap.height > MOST_PIXELS) throw new Error(`${file.name} has ${bitmap.width} x ${bitmap.height} pixels; ${MOST_PIXELS / 1e6} million are the limit.`);
  const picture = pixels(bitmap, bitmap.width, bitmap.height);
  bitmap.close();
  return picture;
}

function pixels(image, width, height, canvas = new OffscreenCanvas(width, height)) {
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.drawImage(image, 0, 0, width, height);
  return pen.getImageData(0, 0, width, height);
}

export class Moving {
  /** @param {HTMLVideoElement} video plays @param {boolean} mirrored @param {() => void} release */
  constructor(video, mirrored, release) {
    Object.assign(this, { video, mirrored, release, isOver: false });
    const scale = Math.min(1, LONGEST / Math.max(video.videoWidth, video.videoHeight));
    [this.width, this.height] = [video.videoWidth, video.videoHeight].map((side) => Math.max(1, Math.round(side * scale)));
    this.canvas = new OffscreenCanvas(this.width, this.height);
    video.addEventListener("ended", () => this.stop());
  }

  /** The next picture, when there is one; null at the end. */
  async next() {
    if (this.isOver) return null;
    await new Promise((resolve) => {
      this.wake = resolve;
      this.video.requestVideoFrameCallback(resolve);
    });
    return this.isOver ? null : pixels(this.video, this.width, this.height, this.canvas);
  }

  stop() {
    if (this.isOver) return;
    this.isOver = true;
    this.video.pause();
    this.release();
    this.wake?.();
  }
}

/** The camera that looks at whoever sits here; no sound. */
export async function camera() {
  if (!navigator.mediaDevices?.getUserMedia) throw new Error("This browser gives no camera to a page of this address: open it as http://127.0.0.1 or over https.");
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: "user", width: { ideal: 640 }, height: { ideal: 480 } } });
  } catch (error) {
    throw new Error(REFUSED[error.name] ?? `The camera cannot be used: ${error.message}`);
  }
  const moving = await playing((video) => (video.srcObject = stream), true, () => stream.getTracks().forEach((track) => track.stop()));
  stream.getTracks().forEach((track) => track.addEventListener("ended", () => moving.stop()));
  return moving;
}

/** A video. @param {File} file */
export async function film(file) {
  const address = URL.createObjectURL(file);
  try {
    return await playing((video) => (video.src = address), false, () => URL.revokeObjectURL(address));
  } catch {
    URL.revokeObjectURL(address);
    throw new Error(`${file.name} is no picture, and no video that this browser can play.`);
  }
}

async function playing(load, mirrored, release) {
  const video = document.createElement("video");
  Object.assign(video, { muted: true, playsInline: true });
  const ready = new Promise((resolve, reject) => {
    video.addEventListener("loadeddata", resolve, { once: true });
    video.addEventListener("error", () => reject(video.error), { once: true });
  });
  load(video);
  await ready;
  if (!video.videoWidth) throw new Error("no pictures in it");
  const moving = new Moving(video, mirrored, release);
  await video.play();
  return moving;
}
