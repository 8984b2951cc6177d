/**
 * What the simulated document vendor keeps of its sessions. Any gateway process's sandbox knows a session that another one
 * began, where both are given the same secret and the same store.
 */
import { createHmac } from 'node:crypto';
import { z } from 'zod';

/** What the person who plays the vendor chooses on its page. */
export const CHOICES = ['pass', 'fail', 'doubt'] as const;

/** How the vendor behaves afterwards. */
export const BEHAVIOURS = ['good', 'duplicated', 'late', 'silent', 'forged', 'broken', 'malformed', 'never'] as const;

const sessionShape = z.strictObject({
  id: z.string(),
  reference: z.string(),
  returnUrl: z.string(),
  claimed: z.strictObject({ givenName: z.string(), familyName: z.string(), birthDate: z.string().optional() }).optional(),
  types: z.array(z.string()),
  choice: z.enum(CHOICES).optional(),
  behaviour: z.enum(BEHAVIOURS),
  pictures: z.number().int(),
});
export type DocumentSession = Readonly<z.infer<typeof sessionShape>>;

/** Where sessions are kept, by id; a value is the session as JSON, with the claimed name in it. */
export interface SessionStore {
  get(id: string): Promise<string | undefined>;
  set(id: string, value: string): Promise<void>;
}

const MOST_SESSIONS = 1_000;

/** In this process's memory, the oldest forgotten first. */
export function memorySessions(): SessionStore {
  const kept = new Map<string, string>();
  return {
    get: async (id) => kept.get(id),
    async set(id, value) {
      const [oldest] = kept.keys();
      if (oldest !== undefined && kept.size >= MOST_SESSIONS && !kept.has(id)) kept.delete(oldest);
      kept.set(id, value);
    },
  };
}

export interface DocumentSessions {
  /** The session of a reference, begun now if it was not. */
  start(request: Pick<DocumentSession, 'reference' | 'returnUrl' | 'claimed' | 'types'>): Promise<DocumentSession>;
  find(id: string): Promise<DocumentSession | undefined>;
  save(session: DocumentSession): Promise<void>;
}

/** @param secret makes ids that cannot be guessed out of references, the same in every process */
export function documentSessions(secret: string, store: SessionStore): DocumentSessions {
  const find = async (id: string): Promise<DocumentSession | undefined> => {
    const kept = await store.get(id);
    return kept === undefined ? undefined : sessionShape.parse(JSON.parse(kept));
  };
  const save = (session: DocumentSession): Promise<void> => store.set(session.id, JSON.stringify(session));
  return {
    find,
    save,
    async start(request) {
      const id = createHmac('sha256', secret).update(`document_session\0${request.reference}`).digest('base64url');
      const known = await find(id);
      if (known) return known;
      const session: DocumentSession = { ...request, id, behaviour: 'good', pictures: 0 };
      await save(session);
      return session;
    },
  };
}
