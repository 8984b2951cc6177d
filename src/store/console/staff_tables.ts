import type { Generated } from 'kysely';

export interface StaffTables {
  staff: {
    id: string;
    name: string;
    /** Keyed hash of the sign-in name; null for those who sign in elsewhere. */
    email_hash: string | null;
    email: Uint8Array | null;
    /** Keyed hash of issuer and subject; null for those who sign in here. */
    external_key: string | null;
    password_hash: string | null;
    totp: Uint8Array | null;
    /** The last time step whose code was taken: no code is taken twice. */
    totp_step: Generated<number>;
    /** Separated by commas. */
    roles: string;
    created_at: number;
    disabled_at: number | null;
    signed_in_at: number | null;
  };
  staff_passkey: {
    id: string;
    staff_id: string;
    public_key: Uint8Array;
    counter: number;
    transports: string;
    label: string;
    created_at: number;
    last_used_at: number | null;
  };
  staff_recovery: { staff_id: string; hash: string; used_at: number | null };
  staff_session: {
    hash: string;
    id: string;
    staff_id: string;
    created_at: number;
    last_seen_at: number;
    expires_at: number;
    authenticated_at: number;
    label: string;
  };
  staff_invitation: {
    hash: string;
    id: string;
    purpose: 'setup' | 'invite' | 'reset';
    name: string;
    roles: string;
    staff_id: string | null;
    /** Name of whoever made it, at the time. */
    made_by: string;
    /** Their kind and id: a link of somebody on the staff is good only as long as they may make one. */
    maker_kind: string;
    maker_id: string;
    created_at: number;
    expires_at: number;
    used_at: number | null;
    withdrawn_at: number | null;
  };
  staff_kept_form: { hash: string; staff_id: string; sealed: Uint8Array; kept_at: number; expires_at: number; taken_until: number | null };
  staff_try: { key: string; failures: number; last_at: number; open_at: number };
}
