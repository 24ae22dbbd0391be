/** A name as the most forgiving file system takes it: there `Parse.js` is `parse.js`, however its accents are written. */
export const asCompared = (name: string): string => name.normalize('NFC').toLowerCase()
