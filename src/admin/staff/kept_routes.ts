/** Doors of the forms that wait for a press of whoever typed them. They are sent to their own doors, not through here. */
import { KEPT, type KeptForms } from '../kept.ts';
import { ADMIN } from '../paths.ts';
import { signedIn, type AdminRoute } from '../route.ts';
import { keptPage } from './kept_page.ts';

export function keptRoutes(kept: Pick<KeptForms, 'waiting' | 'forget'>): readonly AdminRoute[] {
  return [
    {
      method: 'get', path: '/kept', action: 'self.manage',
      async handle(asked) {
        const waiting = await kept.waiting(asked.ctx, signedIn(asked));
        return waiting.length > 0 ? { kind: 'page', page: keptPage(waiting) } : { kind: 'go', to: ADMIN, notice: 'No form of yours waits here any more.' };
      },
    },
    {
      method: 'post', path: '/kept/forget', action: 'self.manage',
      async handle(asked) {
        const from = await kept.forget(asked.ctx, signedIn(asked), asked.form['form'] ?? '');
        return from === undefined ? { kind: 'go', to: KEPT } : { kind: 'go', to: from, notice: 'The form was thrown away. Nothing was done.' };
      },
    },
  ];
}
