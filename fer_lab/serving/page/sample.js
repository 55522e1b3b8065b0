// Take a view out of a picture, as fer_lab/faces/sample.py does: averaged down to the view's scale, then bilinear.

/** A similarity from px of the view to px of the picture: x = a u - b v + x0, y = b u + a v + y0.
 * @typedef {{a: number, b: number, x0: number, y0: number}} Map */

/** Pixels of one picture, RGBA.
 * @typedef {{data: Uint8ClampedArray, width: number, height: number}} Picture */

/** The view: RGB bytes, size * size * 3; black where the picture ends.
 * @param {Picture} picture @param {Map} map @param {number} size side of the view, px */
export function sample(picture, map, size) {
  const scale = Math.hypot(map.a, map.b);
  if (scale <= 1) return bilinear(rgb(picture, [0, picture.width], [0, picture.height]), map, size);
  const corners = [[0.5, 0.5], [size - 0.5, 0.5], [0.5, size - 0.5], [size - 0.5, size - 0.5]].map(([u, v]) => moved(map, u, v));
  const [left, right, columns] = extent(corners.map((p) => p[0]), scale, picture.width);
  const [top, bottom, rows] = extent(corners.map((p) => p[1]), scale, picture.height);
  const part = reduced(rgb(picture, [left, right], [top, bottom]), columns, rows);
  const [across, down] = [columns / (right - left), rows / (bottom - top)];
  return bilinear(part, map, size, (x, y) => [(x - left) * across, (y - top) * down]);
}

/** Where a place of the view lies in the picture.
 * @param {Map} map @param {number} u @param {number} v */
export const moved = ({ a, b, x0, y0 }, u, v) => [a * u - b * v + x0, b * u + a * v + y0];

/** RGB as OpenCV makes it grey, one byte a pixel. @param {Uint8Array} pixels */
export function grey(pixels) {
  const out = new Uint8Array(pixels.length / 3);
  for (let i = 0; i < out.length; i++) out[i] = (pixels[3 * i] * 4899 + pixels[3 * i + 1] * 9617 + pixels[3 * i + 2] * 1868 + 8192) >> 14;
  return out;
}

/** Of one axis: begin and end of the part that is looked at, and its length at the view's scale. */
function extent(places, scale, length) {
  const begin = Math.min(Math.max(Math.floor(Math.min(...places) - 2 * scale), 0), length - 1);
  const end = Math.min(Math.max(Math.ceil(Math.max(...places) + 2 * scale), begin + 1), length);
  return [begin, end, Math.max(Math.round((end - begin) / scale), 1)];
}

/** A part of a picture without its alpha. */
export function rgb({ data, width }, [left, right], [top, bottom]) {
  const part = { width: right - left, height: bottom - top, data: new Uint8Array((right - left) * (bottom - top) * 3) };
  for (let y = top, to = 0; y < bottom; y++) {
    for (let x = left, from = 4 * (y * width + left); x < right; x++, from += 4) {
      part.data[to++] = data[from];
      part.data[to++] = data[from + 1];
      part.data[to++] = data[from + 2];
    }
  }
  return part;
}

/** Of each pixel of a shorter axis, from where it is averaged, and with which weights. */
function shares(length, count) {
  const step = length / count;
  return Array.from({ length: count }, (_, i) => {
    const [begin, end] = [i * step, Math.min((i + 1) * step, length)];
    const first = Math.floor(begin + 1e-6), last = Math.min(Math.ceil(end - 1e-6), length);
    const weights = Array.from({ length: last - first }, (_, k) => Math.min(first + k + 1, end) - Math.max(first + k, begin));
    return { first, weights: weights.map((w) => w / (end - begin)) };
  });
}

/** Averaged over areas (cv2.INTER_AREA). */
function reduced(part, columns, rows) {
  const across = shares(part.width, columns), down = shares(part.height, rows);
  const thin = new Float32Array(columns * part.height * 3);
  for (let y = 0, to = 0; y < part.height; y++) {
    for (const { first, weights } of across) {
      for (let c = 0; c < 3; c++, to++) {
        for (let k = 0, from = 3 * (y * part.width + first) + c; k < weights.length; k++, from += 3) thin[to] += weights[k] * part.data[from];
      }
    }
  }
  const out = { width: columns, height: rows, data: new Uint8Array(columns * rows * 3) };
  down.forEach(({ first, weights }, y) => {
    for (let i = 0; i < columns * 3; i++) {
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k] * thin[(first + k) * columns * 3 + i];
      out.data[y * columns * 3 + i] = Math.round(sum);
    }
  });
  return out;
}

function bilinear({ data, width, height }, map, size, then = (x, y) => [x, y]) {
  const out = new Uint8Array(size * size * 3);
  const at = (x, y, c) => (x < 0 || y < 0 || x >= width || y >= height ? 0 : data[3 * (y * width + x) + c]);
  for (let v = 0, to = 0; v < size; v++) {
    for (let u = 0; u < size; u++) {
      const [x, y] = then(...moved(map, u + 0.5, v + 0.5)).map((place) => Math.fround(place - 0.5));
      const left = Math.floor(x), top = Math.floor(y), p = x - left, q = y - top;
      for (let c = 0; c < 3; c++) {
        const above = at(left, top, c) * (1 - p) + at(left + 1, top, c) * p;
        const below = at(left, top + 1, c) * (1 - p) + at(left + 1, top + 1, c) * p;
        out[to++] = Math.round(above * (1 - q) + below * q);
      }
    }
  }
  return out;
}
