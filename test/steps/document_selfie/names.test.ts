import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FindingStatus } from '../../../src/journey/document_checks.ts';
import { compareNames } from '../../../src/steps/document_selfie/names/compare_names.ts';
import { spellingsOf } from '../../../src/steps/document_selfie/names/spellings.ts';
import { named } from './judged.ts';

/** `GIVEN|FAMILY` on the document, with `…` behind it where the name field was full; the same as claimed. */
type Row = readonly [document: string, claimed: string, status: FindingStatus, why?: string];

function judged(document: string, claimed: string): { readonly status: FindingStatus; readonly why?: string } {
  const truncated = document.endsWith('…');
  const [givenName = '', familyName = ''] = document.replace('…', '').split('|');
  const [saidGiven = '', saidFamily = ''] = claimed.split('|');
  return compareNames({ givenName, familyName, truncated }, { givenName: saidGiven, familyName: saidFamily });
}

const SAME: readonly Row[] = [
  ['ANDREW|ROSHELL', 'Andrew|Roshell', 'pass'],
  ['ANDREW JAMES|ROSHELL', 'andrew|ROSHELL', 'pass'],
  ['ANDREW JAMES|ROSHELL', 'Andrew J.|Roshell', 'pass'],
  ['ANDREW J|ROSHELL', 'Andrew James|Roshell', 'pass'],
  ['ANDREW JAMES|ROSHELL', 'James|Roshell', 'pass'],
  ['ANDREW|ROSHELL', 'Andrew James|Roshell', 'pass'],
  ['ANDREW JAMES PETER|ROSHELL', 'Andrew Peter|Roshell', 'pass'],
  // Marks and letters that the machine-readable zone lacks.
  ['JUERGEN|MUELLER', 'Jürgen|Müller', 'pass'],
  ['JURGEN|MULLER', 'Jürgen|Müller', 'pass'],
  ['JUXXRGEN|MUXXLLER', 'Jürgen|Müller', 'pass'],
  ['Jürgen|Müller', 'Juergen|Mueller', 'pass'],
  ['STEFAN|GROSS', 'Stefan|Groß', 'pass'],
  ['SOEREN|NOERGAARD', 'Søren|Nørgaard', 'pass'],
  ['SOREN|NORGAARD', 'Søren|Nørgaard', 'pass'],
  ['AASA|AAKESSON', 'Åsa|Åkesson', 'pass'],
  ['ASA|AKESSON', 'Åsa|Åkesson', 'pass'],
  ['THORA|GUDMUNDSDOTTIR', 'Þóra|Guðmundsdóttir', 'pass'],
  ['BEGONA|MUNOZ', 'Begoña|Muñoz', 'pass'],
  ['BEGONXXA|MUNXXOZ', 'Begoña|Muñoz', 'pass'],
  ['ZOE|BRONTE', 'Zoë|Brontë', 'pass'],
  ['LUKASZ|WALESA', 'Łukasz|Wałęsa', 'pass'],
  ['DORDE|PETROVIC', 'Đorđe|Petrović', 'pass'],
  ['ISIL|YILDIZ', 'Işıl|Yıldız', 'pass'],
  ['AELFRIC|AEON', 'Ælfric|Æon', 'pass'],
  ['JOSE|ALVAREZ', 'José|Álvarez', 'pass'],
  // Hyphens, apostrophes, what is written together and apart.
  ['IMOGEN|HARTLEY VANCE', 'Imogen|Hartley-Vance', 'pass'],
  ['IMOGEN|HARTLEYVANCE', 'Imogen|Hartley-Vance', 'pass'],
  ['SEAN|OBRIEN', "Seán|O'Brien", 'pass'],
  ['SEAN|O BRIEN', 'Sean|O’Brien', 'pass'],
  ['RONALD|MC DONALD', 'Ronald|McDonald', 'pass'],
  ['JEAN PIERRE|MARTIN', 'Jean-Pierre|Martin', 'pass'],
  ['JEANPIERRE|MARTIN', 'Jean Pierre|Martin', 'pass'],
  ['MARY ANN LOUISE|HOWE', 'Maryann|Howe', 'pass'],
  // Particles.
  ['LUCAS|VAN DEN BERG', 'Lucas|van den Berg', 'pass'],
  ['LUCAS|VANDENBERG', 'Lucas|van den Berg', 'pass'],
  ['LUCAS|BERG', 'Lucas|van den Berg', 'pass'],
  ['CARLA|DELLA CHIESA', 'Carla|Chiesa', 'pass'],
  ['OMAR|AL HASSAN', 'Omar|Al-Hassan', 'pass'],
  ['OMAR|HASSAN', 'Omar|al-Hassan', 'pass'],
  ['FARID|BIN SALMAN', 'Farid|Salman', 'pass'],
  ['ANTONIO|COSTA E SILVA', 'António|Costa Silva', 'pass'],
  ['THI LAN|LE', 'Thi Lan|Le', 'pass'],
  // Generations.
  ['HENRY JR|FORD', 'Henry|Ford', 'pass'],
  ['HENRY|FORD JR', 'Henry Jr.|Ford', 'pass'],
  ['HENRY|FORD III', 'Henry|Ford 3rd', 'pass'],
  ['HENRY|FORD JR', 'Henry|Ford II', 'pass'],
  // Order, and single names.
  ['NOBUO|SATO', 'Sato|Nobuo', 'pass'],
  ['ANN MARY|LEE', 'Mary Ann|Lee', 'pass'],
  ['|SUKARNO', 'Sukarno|Sukarno', 'pass'],
  ['|SUKARNO', 'FNU|Sukarno', 'pass'],
  ['SUKARNO|', '|Sukarno', 'pass'],
  ['|RAJ KUMAR', 'Kumar|Raj', 'pass'],
  ['|ABDULLAH BIN AHMAD', 'Abdullah|Ahmad', 'pass'],
  // Double names of which one half is in use.
  ['IMOGEN|HARTLEY VANCE', 'Imogen|Vance', 'pass'],
  ['LUCIA|GARCIA LOPEZ', 'Lucía|García', 'pass'],
  ['LUCIA|GARCIA', 'Lucía|García López', 'pass'],
  // Cut by the name field.
  ['NILAVADHANANANDA CHAYAPA|PAPANDROPOULOUS…', 'Nilavadhanananda Chayapaporn|Papandropoulous', 'pass'],
  ['DINGO P|BENNELONG WOOLOOMOOLOO WARRANDYTE W…', 'Dingo Potoroo|Bennelong Wooloomooloo Warrandyte Warnambool', 'pass'],
  ['ANNA|WOLFESCHLEGELSTEINHAUSEN…', 'Anna|Wolfeschlegelsteinhausenbergerdorff', 'pass'],
  ['NILAVADHANAN|PAPANDROPOULOUS…', 'Nilavadhanananda Chayapaporn|Papandropoulous', 'pass'],
  ['JEANPIERR|PAPANDROPOULOUS…', 'Jean-Pierre Luc|Papandropoulous', 'pass'],
  // Abbreviated, or marks written out or dropped on either side.
  ['MARK|ST JOHN', 'Mark|Saint John', 'pass'],
  ['MARK|SAINT JOHN', 'Mark|St. John', 'pass'],
  ['MARK|STJOHN', 'Mark|St. John', 'pass'],
  ['MA TERESA|CRUZ', 'Maria Teresa|Cruz', 'pass'],
  ['MARIA TERESA|CRUZ', 'Ma. Teresa|Cruz', 'pass'],
  ['MILAN|DJORDJEVIC', 'Milan|Đorđević', 'pass'],
  ['Milan|Đorđević', 'Milan|Djordjevic', 'pass'],
  ['BEGONXXA|MUNXXOZ', 'Begona|Munoz', 'pass'],
  ['HANS|MUXXLLER', 'Hans|Muller', 'pass'],
  ['HANS|MUXXLLER', 'Hans|Mueller', 'pass'],
  ['HANS|MULLER', 'Hans|Mueller', 'pass'],
  ['HANS|MUELLER', 'Hans|Muller', 'pass'],
  // Other scripts, letter for letter.
  ['Олена|Шевченко', 'ОЛЕНА|ШЕВЧЕНКО', 'pass'],
];

const PERHAPS: readonly Row[] = [
  ['WILLIAM|HARRIS', 'Bill|Harris', 'doubt', 'short_form'],
  ['ELIZABETH|HARRIS', 'Liz|Harris', 'doubt', 'short_form'],
  ['MARY ELIZABETH|HARRIS', 'Beth|Harris', 'doubt', 'short_form'],
  ['A|ROSHELL', 'Andrew|Roshell', 'doubt', 'initials'],
  ['ANDREW|ROSHELL', 'A.|Roshell', 'doubt', 'initials'],
  ['JOHN MICHAEL|SMITH', 'John Paul|Smith', 'doubt', 'middle_name_differs'],
  ['JOHN MICHAEL|SMITH', 'John P|Smith', 'doubt', 'middle_name_differs'],
  ['LUCIA MARIA|GARCIA LOPEZ', 'Lucía|García', 'doubt', 'part_of_family_name'],
  ['OLENA|SHEVCHENKO', 'Олена|Шевченко', 'doubt', 'other_script'],
  ['ANDRE|ROSHELL…', 'Andrea|Roshell', 'doubt', 'name_cut'],
  ['CHRISTIAN|ROSHELL…', 'Christiane|Roshell', 'doubt', 'name_cut'],
  ['ANDREW JAM|ROSHELL…', 'James|Roshell', 'doubt', 'name_cut'],
  // All in one field, and less of it in the other.
  ['|RAJESH KUMAR SHARMA', 'Rajesh|Sharma', 'doubt', 'part_of_name'],
  ['|TAN WEI MING KEVIN', 'Kevin|Tan', 'doubt', 'part_of_name'],
  ['|JOHN P SMITH', 'John|Smith', 'doubt', 'part_of_name'],
  ['John|Smith', '|John P Smith', 'doubt', 'part_of_name'],
  // Perhaps spelled by another hand.
  ['OMAR|ALHADDAD', 'Omar|Haddad', 'doubt', 'family_name_spelling'],
  ['OMAR|HADDAD', 'Omar|Alhaddad', 'doubt', 'family_name_spelling'],
  ['HANS|GOETZ', 'Hans|Gotz', 'doubt', 'family_name_spelling'],
  ['ALEKSEI|IVANOV', 'Alexey|Ivanov', 'doubt', 'given_name_spelling'],
  ['ALEKSEI IVANOVICH|IVANOV', 'Alexey|Ivanov', 'doubt', 'given_name_spelling'],
  ['IURII|IVANOV', 'Yuri|Ivanov', 'doubt', 'given_name_spelling'],
  ['STEPHEN|REED', 'Steven|Reed', 'doubt', 'given_name_spelling'],
  ['KATHERINE|REED', 'Catharine|Reed', 'doubt', 'given_name_spelling'],
  ['JURGEN|MULLER', 'Juergen|Mueller', 'doubt', 'given_name_spelling'],
  ['JOERG|MULLER', 'Jorg|Mueller', 'doubt', 'given_name_spelling'],
  ['|WOLFESCHLEGELSTEINHAUSENBERGERDORFF…', 'Hubert|Wolfeschlegelsteinhausenbergerdorffsson', 'doubt', 'name_cut'],
];

const OTHERS: readonly Row[] = [
  ['ANDREW|ROSHELL', 'Andrea|Roshell', 'fail', 'given_name_differs'],
  ['ANDREA|ROSHELL', 'Andrew|Roshell', 'fail', 'given_name_differs'],
  ['ANDREW|ROSHELL', 'Andrew|Roschell', 'fail', 'family_name_differs'],
  ['ANDREW|ROSHELL', 'Andrew|Smith', 'fail', 'family_name_differs'],
  ['ALAN|REED', 'Al|Reed', 'fail', 'given_name_differs'],
  ['AL|REED', 'Alan|Reed', 'fail', 'given_name_differs'],
  ['JO|REED', 'Joan|Reed', 'fail', 'given_name_differs'],
  ['ANN|REED', 'Anna|Reed', 'fail', 'given_name_differs'],
  ['ALEXANDER|REED', 'Alexandra|Reed', 'fail', 'given_name_differs'],
  ['B|ROSHELL', 'Andrew|Roshell', 'fail', 'given_name_differs'],
  ['JOHN PAUL|SMITH', 'George|Smith', 'fail', 'given_name_differs'],
  ['JOHN PAUL|SMITH', 'Paul George|Smith', 'fail', 'given_name_differs'],
  ['JAMES|SMITH', 'Jameson|Smith', 'fail', 'given_name_differs'],
  ['JEAN|SMITH', 'Jean-Luc|Smithers', 'fail', 'family_name_differs'],
  ['HENRY|FORD JR', 'Henry|Ford Sr', 'fail', 'generation_differs'],
  ['HENRY|FORD III', 'Henry|Ford II', 'fail', 'generation_differs'],
  ['MIN|LI', 'Min|Lin', 'fail', 'family_name_differs'],
  ['MIN|LI', 'Li|Ming', 'fail', 'family_name_differs'],
  ['LUCIA|GARCIA LOPEZ', 'Lucía|García Moreno', 'fail', 'family_name_differs'],
  ['IMOGEN|HARTLEY VANCE', 'Imogen|Hart', 'fail', 'family_name_differs'],
  ['MIN|NG WONG', 'Min|Ng', 'fail', 'family_name_differs'],
  ['LUCAS|VAN DEN BERG', 'Lucas|van den Brink', 'fail', 'family_name_differs'],
  ['LUCAS|VAN', 'Lucas|Von', 'fail', 'family_name_differs'],
  ['JUERGEN|MUELLER', 'Jürgen|Möller', 'fail', 'family_name_differs'],
  ['|SUKARNO', 'Ahmad|Sukarno', 'fail', 'names_differ'],
  ['|SUKARNO', 'Sukarno|Suharto', 'fail', 'names_differ'],
  ['ANDREW|ROSHELL', 'FNU|Roshell', 'fail', 'names_differ'],
  ['ANDREW|ROSHELL', '|Andrew', 'fail', 'names_differ'],
  ['ANDREW|ROSHELL…', 'Andrea|Roshell', 'fail', 'given_name_differs'],
  ['ANNA|WOLF…', 'Anna|Wolfeschlegel', 'fail', 'family_name_differs'],
  // Alike, and two people's.
  ['MARIO|ROSSI', 'Maria|Rossi', 'fail', 'given_name_differs'],
  ['MARIA|ROSSI', 'Mario|Rossi', 'fail', 'given_name_differs'],
  ['DANIEL|ROSSI', 'Daniela|Rossi', 'fail', 'given_name_differs'],
  ['MICHAEL|ROSSI', 'Michele|Rossi', 'fail', 'given_name_differs'],
  ['MARIA|ROSSI', 'Marta|Rossi', 'fail', 'given_name_differs'],
  ['DONALD|REED', 'Ronald|Reed', 'fail', 'given_name_differs'],
  ['HARRY|REED', 'Larry|Reed', 'fail', 'given_name_differs'],
  ['FRANCES|REED', 'Francis|Reed', 'fail', 'given_name_differs'],
  ['SARA|REED', 'Tara|Reed', 'fail', 'given_name_differs'],
  ['ALEKSEI|GARCIA LOPEZ', 'Alexey|Garcia', 'fail', 'given_name_differs'],
  ['ALEKSEI|IVANOV', 'Alexey|Petrov', 'fail', 'family_name_differs'],
  ['WING|SUEN', 'Wing|Sun', 'fail', 'family_name_differs'],
  ['SAM|MICHAEL', 'Sam|Michal', 'fail', 'family_name_differs'],
  ['ALAN|ALLEN', 'Alan|Len', 'fail', 'family_name_differs'],
  ['MARK|ST JOHN', 'Mark|St. James', 'fail', 'family_name_differs'],
  ['|RAJESH KUMAR SHARMA', 'Ramesh|Sharma', 'fail', 'names_differ'],
  ['|RAJESH KUMAR SHARMA', 'Sharma|Sharma', 'fail', 'names_differ'],
  ['|JOHN P SMITH', 'P|Smith', 'fail', 'names_differ'],
  // Only a full name field may have been cut.
  ['NILAVADHANANANDA CHAYAPA|PAPANDROPOULOUS', 'Nilavadhanananda Chayapaporn|Papandropoulou', 'fail', 'family_name_differs'],
];

const NOTHING: readonly Row[] = [
  ['|', 'Andrew|Roshell', 'unknown', 'no_name'],
  ['ANDREW|ROSHELL', '|', 'unknown', 'no_name'],
  ['ANDREW|ROSHELL', '-|...', 'unknown', 'no_name'],
  ['FNU|LNU', 'FNU|LNU', 'unknown', 'no_name'],
];

describe('names on the document and as claimed', () => {
  test.each(named([...SAME, ...PERHAPS, ...OTHERS, ...NOTHING], 3))('$name', ({ row: [document, claimed, status, why] }) => {
    expect(judged(document, claimed)).toEqual(why === undefined ? { status } : { status, why });
  });

  const word = fc.stringMatching(/^[A-Z]{3,9}$/);
  const names = fc.record({ familyName: word, givenName: word });

  test('a person is always themselves, however they write it', () => {
    fc.assert(fc.property(names, ({ familyName, givenName }) => {
      const read = { familyName, givenName, truncated: false };
      const written = [
        { familyName, givenName },
        { familyName: familyName.toLowerCase(), givenName: `${givenName.toLowerCase()} ` },
        { familyName: [...familyName].join('\u0301'), givenName },
      ];
      const empty = compareNames(read, { familyName, givenName }).status === 'unknown';
      for (const claimed of written) expect(compareNames(read, claimed).status).toBe(empty ? 'unknown' : 'pass');
    }), { numRuns: 300 });
  });

  test('another family name never passes, unless both fields were swapped', () => {
    const other = fc.stringMatching(/^Q[A-Z]{3,9}Q$/);
    fc.assert(fc.property(names, other, ({ familyName, givenName }, stranger) => {
      expect(compareNames({ familyName, givenName, truncated: false }, { familyName: stranger, givenName }).status).not.toBe('pass');
    }), { numRuns: 300 });
  });

  test('whatever is written, there is an answer', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), fc.boolean(), (one, other, truncated) => {
      const { status } = compareNames({ familyName: one, givenName: other, truncated }, { familyName: other, givenName: one });
      expect(['pass', 'doubt', 'fail', 'unknown']).toContain(status);
    }), { numRuns: 500 });
  });
});

describe('a generation that the document keeps apart from the names', () => {
  test.each([
    ['JR', 'Andrew|Roshell', { status: 'pass' }],
    ['JR', 'Andrew|Roshell Jr.', { status: 'pass' }],
    ['Jr.', 'Andrew II|Roshell', { status: 'pass' }],
    ['JR', 'Andrew|Roshell Sr', { status: 'fail', why: 'generation_differs' }],
    ['III', 'Andrew|Roshell Jr', { status: 'fail', why: 'generation_differs' }],
    ['SR', 'Andrea|Roshell Sr', { status: 'fail', why: 'given_name_differs' }],
    // None that we know says nothing.
    ['ESQ', 'Andrew|Roshell Jr', { status: 'pass' }],
    ['', 'Andrew|Roshell Jr', { status: 'pass' }],
  ] as const)('%s, claimed %s', (suffix, claimed, verdict) => {
    const [givenName = '', familyName = ''] = claimed.split('|');
    expect(compareNames({ givenName: 'ANDREW', familyName: 'ROSHELL', truncated: false, suffix }, { givenName, familyName })).toEqual(verdict);
  });

  test('agrees with the same at the end of a name', () => {
    expect(compareNames({ givenName: 'ANDREW', familyName: 'ROSHELL JR', truncated: false, suffix: 'JR' }, { givenName: 'Andrew', familyName: 'Roshell' })).toEqual({ status: 'pass' });
  });
});

test('a name without special letters is spelled in one way', () => {
  expect(spellingsOf("O'Neil-Smith")).toEqual([['ONEIL', 'SMITH']]);
  expect(spellingsOf('Ångström')).toEqual([['AANGSTROEM'], ['ANGSTROM']]);
});
