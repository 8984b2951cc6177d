/**
 * What the simulated source of knowledge questions knows of each `known` persona, by the persona's place in
 * `PERSONAS`. Everything is invented. `docs/sandbox.md` lists the right answers, so that a person trying things out
 * can give them.
 */
import { PERSONAS, type Persona } from './personas.ts';

export interface Question {
  readonly id: string;
  readonly text: { readonly en: string; readonly es: string };
  /** Right answers, by persona's given name. */
  readonly right: Readonly<Record<string, string>>;
  /** Wrong for everybody. */
  readonly wrong: readonly string[];
}

export const QUESTIONS: readonly Question[] = [
  {
    id: 'street', text: { en: 'Which of these streets have you lived on?', es: '¿En cuál de estas calles ha vivido?' },
    right: { Andrew: 'Cypress Hollow Rd', Imogen: 'Foundry Yard', Nolan: 'Birchmount Trail' },
    wrong: ['Pinto Mesa Ave', 'Quarry Bank Ln', 'Old Ferry St'],
  },
  {
    id: 'lender', text: { en: 'Which of these lenders have you had a loan with?', es: '¿Con cuál de estas entidades ha tenido un préstamo?' },
    right: { Andrew: 'Larkfield Savings', Imogen: 'Dunmore Mutual', Nolan: 'Kestrel Credit Union' },
    wrong: ['Halyard Finance', 'Ninth Ward Bank', 'Mosswood Loans'],
  },
  {
    id: 'vehicle', text: { en: 'Which of these vehicles have you owned?', es: '¿Cuál de estos vehículos ha sido suyo?' },
    right: { Andrew: 'Green pickup truck, 2008', Imogen: 'Red hatchback, 2011', Nolan: 'White camper van, 2015' },
    wrong: ['Silver coupé, 2003', 'Yellow motor scooter, 2019', 'Black estate car, 2006'],
  },
  {
    id: 'county', text: { en: 'In which of these places were you living in 2010?', es: '¿En cuál de estos lugares vivía usted en 2010?' },
    right: { Andrew: 'Osceola', Imogen: 'Ryedale', Nolan: 'Kawartha Lakes' },
    wrong: ['Cedar Fork', 'Port Lanyard', 'Sandwell Heath'],
  },
  {
    id: 'employer', text: { en: 'Which of these have you worked for?', es: '¿Para cuál de estas empresas ha trabajado?' },
    right: { Andrew: 'Lakeside Surveyors', Imogen: 'Harlow & Pike Printers', Nolan: 'Trent Valley Orchards' },
    wrong: ['Tidewater Cinemas', 'Copperline Freight', 'Nimbus Laundry'],
  },
  {
    id: 'opened', text: { en: 'In which year did you open your oldest bank account?', es: '¿En qué año abrió su cuenta bancaria más antigua?' },
    right: { Andrew: '1988', Imogen: '2001', Nolan: '2009' },
    wrong: ['1979', '1995', '2016'],
  },
  {
    id: 'neighbour', text: { en: 'Which of these people have you shared an address with?', es: '¿Con cuál de estas personas ha compartido domicilio?' },
    right: { Andrew: 'Marguerite Oyelaran', Imogen: 'Tobias Quill', Nolan: 'Saoirse Beaumont' },
    wrong: ['Ferdinand Aksoy', 'Lucinda Prewitt', 'Bram Okonjo'],
  },
  {
    id: 'carrier', text: { en: 'Which company was your first mobile phone with?', es: '¿Con qué compañía tuvo su primer móvil?' },
    right: { Andrew: 'Bluejay Wireless', Imogen: 'Orrin Mobile', Nolan: 'Northlight Cellular' },
    wrong: ['Sable Telecom', 'Peregrine Air', 'Juniper Talk'],
  },
  {
    id: 'school', text: { en: 'Which of these schools did you attend?', es: '¿A cuál de estas escuelas asistió?' },
    right: { Andrew: 'Mill Pond High', Imogen: 'St Aldric’s', Nolan: 'Lakefield Collegiate' },
    wrong: ['Gannet Point Academy', 'Easton Vale School', 'Redwater High'],
  },
  {
    id: 'insurer', text: { en: 'Which of these companies has insured your home?', es: '¿Cuál de estas compañías ha asegurado su vivienda?' },
    right: { Andrew: 'Palmetto Guard', Imogen: 'Wharfedale Cover', Nolan: 'Granite Shield' },
    wrong: ['Swiftwater Assurance', 'Hearthstone Direct', 'Beacon & Sons'],
  },
];

/** The persona with this very name who has a history; questions need more certainty than a match. */
export function personaWithHistory(givenName: string, familyName: string): Persona | undefined {
  const same = (a: string, b: string): boolean => a.trim().toLowerCase() === b.toLowerCase();
  return PERSONAS.find((persona) => persona.standing === 'known' && same(givenName, persona.givenName) && same(familyName, persona.familyName));
}
