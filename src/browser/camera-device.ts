/** Opening and stopping a camera, its light, and the ways in which that fails. */

/** Each is a message key `camera.<fault>`. */
export type CameraFault = 'unsupported' | 'denied' | 'none' | 'in_use';

export type Opened = { readonly kind: 'open'; readonly stream: MediaStream } | { readonly kind: 'fault'; readonly fault: CameraFault };

const FAULTS: Readonly<Record<string, CameraFault>> = {
  NotAllowedError: 'denied',
  SecurityError: 'denied',
  NotFoundError: 'none',
  OverconstrainedError: 'none',
  NotReadableError: 'in_use',
  AbortError: 'in_use',
};

/** Not there on old browsers, in most in-app browsers, and on pages that are not served securely. */
export function hasCameraAccess(): boolean {
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  return typeof devices?.getUserMedia === 'function';
}

/** Asks for permission where it has to be asked. */
export async function openCamera(facingMode: 'environment' | 'user', width: number, height: number): Promise<Opened> {
  if (!hasCameraAccess()) return { kind: 'fault', fault: 'unsupported' };
  try {
    // As the camera delivers it: some browsers would cut the picture to the wished shape, and the document with it.
    const video = { facingMode: { ideal: facingMode }, width: { ideal: width }, height: { ideal: height }, resizeMode: { ideal: 'none' } };
    return { kind: 'open', stream: await navigator.mediaDevices.getUserMedia({ video, audio: false }) };
  } catch (error) {
    return { kind: 'fault', fault: FAULTS[error instanceof DOMException ? error.name : ''] ?? 'unsupported' };
  }
}

/** The camera's lamp goes off with it. */
export function stopCamera(stream: MediaStream | undefined): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** Switches the light beside the camera; undefined where there is none that pages may switch. */
export function lightOf(stream: MediaStream): ((on: boolean) => Promise<boolean>) | undefined {
  const [track] = stream.getVideoTracks();
  const able = track?.getCapabilities?.() as (MediaTrackCapabilities & { torch?: boolean }) | undefined;
  if (!track || able?.torch !== true) return undefined;
  return async (on) => {
    try {
      await track.applyConstraints({ advanced: [{ torch: on } as MediaTrackConstraintSet] });
      return on;
    } catch {
      return false;
    }
  };
}
