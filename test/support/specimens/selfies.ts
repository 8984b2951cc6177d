/** A person before a phone's camera, looking straight and turned, as the challenge asks for. */
import type { HeadTurn } from '../../../src/documents/facts.ts';
import type { SpecimenPerson } from './people.ts';
import { wholePicture } from './portraits.ts';
import { selfieFrame, turningHead } from './turning_head.ts';

/** Pixels, as the capture pages send frames. */
const FRAME = { width: 720, height: 960 } as const;
/** Degrees that the head is rendered turned, so that what is measured lies well beyond what the challenge asks for. */
const TURNED = 50;

/** JPEG. `left` is the person's own left. */
export async function selfieFrames(portrait: SpecimenPerson['portrait']): Promise<Readonly<Record<HeadTurn, Buffer>>> {
  const centre = await selfieFrame(await wholePicture(portrait), FRAME);
  return { centre, left: await turningHead(centre, TURNED), right: await turningHead(centre, -TURNED) };
}
