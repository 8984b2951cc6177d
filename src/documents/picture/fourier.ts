/** A transform of squares of one size: what it needs is made once and used for every square. */
export interface Fourier {
  /** In place: rows, then columns. */
  transform(real: Float64Array, imaginary: Float64Array): void;
}

/** The discrete Fourier transform of a square whose side is a power of two. */
export function fourierOfSquares(side: number): Fourier {
  const turns = rotations(side);
  const swaps = reversals(side);
  const line = { real: new Float64Array(side), imaginary: new Float64Array(side) };
  return {
    transform(real, imaginary) {
      for (let y = 0; y < side; y++) {
        const [from, to] = [y * side, (y + 1) * side];
        fourierOfLine(real.subarray(from, to), imaginary.subarray(from, to), turns, swaps);
      }
      for (let x = 0; x < side; x++) {
        for (let i = 0, at = x; i < side; i++, at += side) {
          line.real[i] = real[at]!;
          line.imaginary[i] = imaginary[at]!;
        }
        fourierOfLine(line.real, line.imaginary, turns, swaps);
        for (let i = 0, at = x; i < side; i++, at += side) {
          real[at] = line.real[i]!;
          imaginary[at] = line.imaginary[i]!;
        }
      }
    },
  };
}

interface Rotations {
  readonly cosine: Float64Array;
  readonly sine: Float64Array;
}

function rotations(length: number): Rotations {
  const angle = (index: number): number => (-2 * Math.PI * index) / length;
  return {
    cosine: Float64Array.from({ length: length / 2 }, (_, index) => Math.cos(angle(index))),
    sine: Float64Array.from({ length: length / 2 }, (_, index) => Math.sin(angle(index))),
  };
}

/** Pairs of places whose binary digits are each other's, read backwards. */
function reversals(length: number): Uint16Array {
  const pairs: number[] = [];
  for (let i = 1, j = 0; i < length; i++) {
    let bit = length >> 1;
    for (; (j & bit) !== 0; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) pairs.push(i, j);
  }
  return Uint16Array.from(pairs);
}

/** Cooley and Tukey, radix 2. */
function fourierOfLine(real: Float64Array, imaginary: Float64Array, { cosine, sine }: Rotations, swaps: Uint16Array): void {
  const length = real.length;
  for (let pair = 0; pair < swaps.length; pair += 2) {
    const i = swaps[pair]!;
    const j = swaps[pair + 1]!;
    const re = real[i]!;
    const im = imaginary[i]!;
    real[i] = real[j]!;
    imaginary[i] = imaginary[j]!;
    real[j] = re;
    imaginary[j] = im;
  }
  for (let half = 1; half < length; half *= 2) {
    const stride = length / (2 * half);
    for (let start = 0; start < length; start += 2 * half) {
      for (let k = 0, turn = 0; k < half; k++, turn += stride) {
        const upper = start + k;
        const lower = upper + half;
        const c = cosine[turn]!;
        const s = sine[turn]!;
        const re = real[lower]! * c - imaginary[lower]! * s;
        const im = real[lower]! * s + imaginary[lower]! * c;
        real[lower] = real[upper]! - re;
        imaginary[lower] = imaginary[upper]! - im;
        real[upper]! += re;
        imaginary[upper]! += im;
      }
    }
  }
}
