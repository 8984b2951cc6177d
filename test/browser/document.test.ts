/**
 * From a wrong name to an answer, by document and selfie: a desktop and a phone whose camera sees specimens, the pages'
 * own shutter, and the real reader behind them.
 */
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { SideReading } from '../../src/documents/facts.ts';
import type { DocumentReader } from '../../src/documents/reader.ts';
import { documentOnly } from '../../src/journey/templates/document_only.ts';
import type { WorkflowSource } from '../../src/journey/workflow.ts';
import { SOMEBODY } from '../support/specimens/index.ts';
import { headOf, lying } from './document_pictures.ts';
import {
  agree, approved, closeDemos, codeOn, denied, documentDemo, followChallenge, jpegFile, landed, MIXED_UP, openCamera, openReader, sendFile, straightToCode, takeOver, test,
  toCode, toSide,
} from './document_walk.ts';
import { expectQuiet, fillDetails, goOn, linkTo, openStage, ownNumber, shown, toForm, type Stage } from './walk.ts';

let stage: Stage;
let reader: DocumentReader;
/** What the reader made of the sides it was given, oldest first. */
const readings: SideReading[] = [];

function overheard(real: DocumentReader): DocumentReader {
  return {
    ...real,
    async readSide(jpeg, wanted) {
      const answer = await real.readSide(jpeg, wanted);
      if (answer.kind === 'done') readings.push(answer.value);
      return answer;
    },
  };
}

beforeAll(async () => {
  // What the camera will see takes longer to draw than the reader to start.
  [reader] = await Promise.all([openReader(), headOf('andrew'), lying('passport')]);
  stage = await openStage({ replace: { documents: overheard(reader) } });
});
afterAll(async () => {
  await closeDemos();
  await stage?.close();
  await reader?.close();
});

/** The document's node with another way for one outcome. */
function routed(nodes: WorkflowSource['nodes'], outcome: string, target: { readonly end: 'review' }): WorkflowSource['nodes'] {
  const { document_selfie: node } = nodes;
  if (!node) throw new Error('the workflow asks for no document');
  return { ...nodes, document_selfie: { ...node, routes: { ...node.routes, [outcome]: target } } };
}

describe('desktop and phone to one answer', () => {
  test('a passport: the shutter goes off by itself, the head turns as asked, the desktop follows', async ({ seats, hands }) => {
    const [desktop, hand] = [await seats.desk(stage), await hands.take(stage)];
    await toCode(desktop, stage.demo);
    await toSide(desktop, hand);
    await shown(desktop.page, 'document_following');
    await desktop.page.locator('[aria-current="step"]', { hasText: 'Pictures of your document' }).waitFor();
    // An empty table first: nothing is taken of it.
    await openCamera(hand);
    await hand.page.locator('[data-hint]', { hasText: 'Put the document in the frame' }).waitFor();
    const before = hand.posts.length;
    hand.camera.show(await lying('passport'));
    await shown(hand.page, 'capture_selfie');
    expect(hand.posts.length - before).toBe(1);
    await desktop.page.locator('[aria-current="step"]', { hasText: 'Pictures of your face' }).waitFor();
    const turns = await followChallenge(hand);
    expect([...turns].toSorted()).toEqual(['centre', 'left', 'right']);
    await landed(hand);
    await approved(desktop);
    expect(await desktop.page.locator('main').innerText()).toContain('urn:gatehouse:acr:document');
    expectQuiet(desktop, hand);
  });

  test('a driving licence, front and back in one go of the camera, by a link in a message', async ({ seats, hands }) => {
    const [desktop, hand] = [await seats.desk(stage), await hands.take(stage)];
    const { phone } = await toCode(desktop, stage.demo);
    await desktop.page.locator('button[value="sms"]').click();
    await desktop.page.locator('[data-status]', { hasText: /Message sent|on your phone/ }).waitFor();
    await takeOver(desktop, hand, await linkTo(stage, phone));
    await agree(hand, 'driving_licence');
    hand.camera.show(await lying('licence-front'));
    await openCamera(hand);
    await hand.page.locator('#camera-title', { hasText: 'Back of your driver’s license' }).waitFor();
    // The front is still there: it is not taken for the back.
    expect(await hand.page.locator('dialog.camera[open]').count()).toBe(1);
    const before = hand.posts.length;
    await hand.page.waitForTimeout(1_500);
    expect(hand.posts.length).toBe(before);
    hand.camera.show(await lying('licence-back'));
    await shown(hand.page, 'capture_selfie');
    await followChallenge(hand);
    await landed(hand);
    await approved(desktop);
    expectQuiet(desktop, hand);
  });

  test('an identity card, by somebody who is on a phone from the beginning', async ({ hands }) => {
    const hand = await hands.take(stage);
    await toForm(hand, stage.demo);
    await fillDetails(hand.page, { ...MIXED_UP, phone: ownNumber() });
    await goOn(hand.page);
    await shown(hand.page, 'pii_review');
    await goOn(hand.page);
    await shown(hand.page, 'capture_consent');
    await agree(hand, 'identity_card');
    hand.camera.show(await lying('card-front'));
    await openCamera(hand);
    await hand.page.locator('#camera-title', { hasText: 'Back of your identity card' }).waitFor();
    hand.camera.show(await lying('card-back'));
    await shown(hand.page, 'capture_selfie');
    await followChallenge(hand);
    await approved(hand);
    expectQuiet(hand);
  });

  test('Andrea’s licence carries somebody else’s barcode: denied, and nobody is told why', async ({ seats, hands }) => {
    const [desktop, hand] = [await seats.desk(stage), await hands.take(stage)];
    await toCode(desktop, stage.demo, { givenName: 'Andrea' });
    expect(await codeOn(desktop.page)).toMatch(/\/l\/[A-Za-z0-9_-]{22}$/);
    await toSide(desktop, hand, 'driving_licence');
    hand.camera.show(await lying('licence-front', 'andrea'));
    await openCamera(hand);
    await hand.page.locator('#camera-title', { hasText: 'Back of your driver’s license' }).waitFor();
    hand.camera.show(await lying('licence-back', 'andrea'));
    // Straight to the end: nobody's face is asked for after that.
    await landed(hand);
    expect(readings.at(-1)).toMatchObject({ barcode: { kind: 'read', value: { familyName: SOMEBODY.familyName.toUpperCase() } } });
    await denied(desktop);
    expect(await desktop.page.locator('main').innerText()).not.toMatch(/barcode|licen[cs]e|document (is|was|did)/i);
    expectQuiet(desktop, hand);
  });

  test('without any script on either: a picture and three photographs as files, and a person takes a look', async ({ seats }) => {
    const reviewed = await documentDemo(stage, 'reviewed', {}, { ...documentOnly, nodes: routed(documentOnly.nodes, 'doubtful', { end: 'review' }) });
    const [desktop, phone] = [await seats.desk(stage, { javaScriptEnabled: false }), await seats.phone(stage, { javaScriptEnabled: false })];
    const { page } = phone;
    await straightToCode(desktop, reviewed);
    await toSide(desktop, phone);
    await sendFile(phone, jpegFile(await lying('passport')));
    await shown(page, 'capture_selfie');
    await page.getByRole('button', { name: 'Take three photographs' }).click();
    const seen = await headOf('andrew');
    for (const step of [1, 2, 3]) {
      await page.getByText(`Photograph ${step} of 3`).waitFor();
      const asked = await page.locator('h1').innerText();
      const turn = asked.includes('left') ? 'left' : asked.includes('right') ? 'right' : 'centre';
      await sendFile(phone, jpegFile(seen[turn]));
    }
    await landed(phone);
    await shown(desktop.page, 'denied');
    expect(await desktop.page.locator('h1').innerText()).toBe('Someone needs to take a look');
    expectQuiet(desktop, phone);
  });
});
