import { someMatch, type Detector } from './detector.ts';

/** A plus sign and up to 15 digits (ITU-T E.164), single separators between them. */
const number = /(?<![\p{L}\p{N}+/=_-])\+[1-9](?:[ .\-()]{0,2}\d){6,14}(?![\d\p{L}_/+=])/gu;

/** Country codes in use (ITU-T E.164, assigned codes), those of one and two digits as they begin. */
const codes =
  /^(?:1[2-9]\d{2}[2-9]\d{6}$|7\d{10}$|2[07]|3[0123469]|4[013456789]|5[1-8]|6[0-6]|8[1246]|9[0-58]|21[1-3689]|22\d|23\d|24\d|25[0-8]|26\d|29[0179]|35\d|37[0-8]|38[0-35-79]|42[013]|50\d|59\d|67[02-9]|68[0-35-9]|69[0-2]|800|808|85[02356]|87[0-4]|88[0-36-8]|96[0-8]|97\d|99[2-68])/;

/** A telephone number in international form. National forms are numbers like any other, so they are not looked for. */
export const phone: Detector = (text) =>
  text.includes('+') &&
  someMatch(text, number, (match) => {
    const digits = match.replaceAll(/\D/g, '');
    return digits.length >= 8 && codes.test(digits);
  });
