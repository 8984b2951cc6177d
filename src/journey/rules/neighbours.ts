/**
 * Countries one walks, drives or takes a ferry or tunnel between within the hour, or whose addresses are registered in
 * each other so often that a change says nothing. Each pair once, ISO 3166-1 alpha-2.
 */
const PAIRS = `
AD:ES,FR AE:OM,SA,QA,BH AF:CN,IR,PK,TJ,TM,UZ AG:KN,MS,GP AL:GR,ME,MK,XK,IT AM:AZ,GE,IR,TR AO:CD,CG,NA,ZM AR:BO,BR,CL,PY,UY
AT:CH,CZ,DE,HU,IT,LI,SI,SK AZ:GE,IR,RU,TR BA:HR,ME,RS BD:IN,MM BE:DE,FR,LU,NL BF:BJ,CI,GH,ML,NE,TG BG:GR,MK,RO,RS,TR BH:QA,SA
BI:CD,RW,TZ BJ:NE,NG,TG BN:MY BO:BR,CL,PE,PY BR:CO,GF,GY,PE,PY,SR,UY,VE BT:CN,IN BW:NA,ZA,ZM,ZW BY:LT,LV,PL,RU,UA BZ:GT,MX
CA:US,PM,GL CD:CF,CG,RW,SS,TZ,UG,ZM CF:CG,CM,SD,SS,TD CG:CM,GA CH:DE,FR,IT,LI CI:GH,GN,LR,ML CL:PE CM:GA,GQ,NG,TD
CN:HK,IN,KG,KP,KZ,LA,MM,MN,MO,NP,PK,RU,TJ,TW,VN CO:EC,PA,PE,VE CR:NI,PA CW:AW,BQ CY:TR,GR CZ:DE,PL,SK DE:DK,FR,LU,NL,PL
DJ:ER,ET,SO DK:SE,FO,NO DO:HT,PR DZ:EH,LY,MA,ML,MR,NE,TN EC:PE EE:FI,LV,RU EG:IL,LY,PS,SD,JO,SA EH:MA,MR ER:ET,SD
ES:FR,GI,MA,PT ET:KE,SD,SO,SS FI:NO,RU,SE,AX FJ:TO FR:DE,GB,IT,LU,MC,ES,JE,GG GA:GQ GB:IE,IM,JE,GG,BE,NL GE:RU,TR GF:SR GH:TG
GM:SN GN:GW,LR,ML,SL,SN GP:MQ,DM,MF GR:MK,TR,IT GT:HN,MX,SV GU:MP GW:SN GY:SR,VE HK:MO HN:NI,SV HR:HU,ME,RS,SI HU:RO,RS,SI,SK,UA
ID:MY,PG,TL,SG IE:IM IL:JO,LB,PS,SY IN:LK,MM,NP,PK IQ:IR,JO,KW,SA,SY,TR IR:PK,TM,TR IT:MT,SI,SM,VA,MC JO:PS,SA,SY KE:SO,SS,TZ,UG
KG:KZ,TJ,UZ KH:LA,TH,VN KP:KR KW:SA KZ:RU,TM,UZ LA:MM,TH,VN LB:SY LR:SL LS:ZA LT:LV,PL,RU LU:NL LV:RU LY:NE,SD,TD,TN MA:GI
MD:RO,UA ME:RS,XK MF:SX MK:RS,XK ML:MR,NE,SN MM:TH MN:RU MR:SN MW:MZ,TZ,ZM MX:US MY:SG,TH MZ:SZ,TZ,ZA,ZM,ZW NA:ZA,ZM NE:NG,TD
NL:SX,CW NO:RU,SE,SJ NR:KI OM:SA,YE PL:RU,SK,UA PR:US,VI PY:UY QA:SA RE:MU RO:RS,UA RS:XK RU:UA RW:TZ,UG SA:YE SD:SS,TD SE:AX
SK:UA SR:TT SS:UG SY:TR SZ:ZA TJ:UZ TM:UZ TT:VE TZ:UG,ZM VG:VI WS:AS ZA:ZW ZM:ZW
`;

const NEIGHBOURS: ReadonlySet<string> = new Set(
  PAIRS.trim().split(/\s+/).flatMap((row) => {
    const [from = '', others = ''] = row.split(':');
    return others.split(',').flatMap((to) => [`${from}${to}`, `${to}${from}`]);
  }),
);

/** Whether a change between these countries says nothing. */
export function areNeighbours(a: string, b: string): boolean {
  return NEIGHBOURS.has(`${a}${b}`);
}
