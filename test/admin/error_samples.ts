import { errorPage } from '../../src/admin/error_page.ts';
import type { AdminSample } from '../../src/admin/page.ts';

const HOSTILE = `<script>alert(1)</script>"'`;

export const SAMPLES: readonly AdminSample[] = [
  { name: 'error_not_found', page: errorPage({ code: 'not_found', status: 404, message: 'there is no such page in the console' }, 'K7Q2-9XMA') },
  { name: 'error_not_permitted', page: { ...errorPage({ code: 'not_permitted', status: 403, message: `Your role does not include “${HOSTILE}”. Ask an administrator if you need it.` }, 'K7Q2-9XMA'), area: 'me' } },
  { name: 'error_broken', page: errorPage({ code: 'unexpected', status: 500, message: HOSTILE }, 'K7Q2-9XMA') },
];
