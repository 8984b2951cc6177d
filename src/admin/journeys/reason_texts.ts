/** Reason codes in plain words: the rules' own table, which also says which codes there are. */
export { REASON_TEXTS, reasonText } from '../../journey/reason_texts.ts';
