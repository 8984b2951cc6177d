/** ITU-T T.81: what some phones write wrong in a JPEG that is otherwise whole. */

const START_OF_SCAN = 0xda;
/** Baseline and extended sequential frames: B.2.3 gives their scans one selection of coefficients only. */
const SEQUENTIAL: readonly number[] = [0xc0, 0xc1];
/** Ss, Se, and Ah with Al. */
const WHOLE = [0, 63, 0] as const;

/**
 * The same file with the selection of coefficients that a sequential scan must have. Some phones write 0 to 0 there. The
 * decoder warns of it and reads on, but with every warning a refusal, a picture that is whole would be refused; and to let
 * warnings pass would let cut files pass. Comes back as it is where there is nothing to mend.
 */
export function withScanParameters(jpeg: Uint8Array): Uint8Array {
  let sequential = false;
  for (let at = 2; at + 4 <= jpeg.length && jpeg[at] === 0xff;) {
    const code = jpeg[at + 1]!;
    const length = (jpeg[at + 2]! << 8) | jpeg[at + 3]!;
    if (code === START_OF_SCAN) return sequential ? mended(jpeg, at, length) : jpeg;
    sequential ||= SEQUENTIAL.includes(code);
    at += 2 + length;
  }
  return jpeg;
}

/** B.2.3: length, number of components, two bytes for each, then the three that count. */
function mended(jpeg: Uint8Array, scan: number, length: number): Uint8Array {
  const components = jpeg[scan + 4] ?? 0;
  const from = scan + 5 + 2 * components;
  if (length !== 6 + 2 * components || from + WHOLE.length > jpeg.length) return jpeg;
  if (WHOLE.every((value, index) => jpeg[from + index] === value)) return jpeg;
  const copy = Uint8Array.from(jpeg);
  copy.set(WHOLE, from);
  return copy;
}
