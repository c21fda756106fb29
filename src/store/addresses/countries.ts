/** The officially assigned codes of ISO 3166-1 alpha-2, as of 2026: 249 of them. */
export const COUNTRIES = [
  ..."AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ".split(
    " ",
  ),
  ..."CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR".split(
    " ",
  ),
  ..."GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT".split(
    " ",
  ),
  ..."JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO".split(
    " ",
  ),
  ..."MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY".split(
    " ",
  ),
  ..."QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO".split(
    " ",
  ),
  ..."TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW".split(" "),
];

/**
 * Where mail needs a postal code: the countries whose `require` has `Z` in the address data that Google publishes for
 * libaddressinput (chromium-i18n.appspot.com/ssl-address, as of September 2024). In all other countries a postal code
 * may be left out. 70 of them have none at all, such as Hong Kong and the Emirates. The others have codes that mail
 * does not need, such as Ireland.
 */
const NEED_POSTAL_CODE: ReadonlySet<string> = new Set([
  ..."AS AT AU AX BE BL BR CA CH CN CZ DE DK EE ES FI FK FM FR GB GF GG GL GP GR GS GU HU IM IN IO IT JE JP KR LI".split(
    " ",
  ),
  ..."LT LU LV MF MH MP MQ MX MY NC NL NO NZ PF PL PM PN PR PT PW RE RO RU SE SG SH SJ SK SM TC TR TW UA US VI WF YT ZA".split(
    " ",
  ),
]);

/** Whether an address in the country is incomplete without a postal code. */
export function needsPostalCode(country: string): boolean {
  return NEED_POSTAL_CODE.has(country);
}
