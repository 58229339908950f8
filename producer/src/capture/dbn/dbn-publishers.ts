/**
 * Databento's publishers, each a venue within a dataset, by their number from 1 on. The venue is an
 * ISO 10383 MIC. https://databento.com/docs/standards-and-conventions/common-fields-enums-types
 */
const VENUES = (
  'GLBX XNAS XBOS XPSX BATS BATY EDGA EDGX XNYS XCIS XASE XCHI XCIS XCIS MEMX EPRL ' +
  'FINN FINC FINY AMXO XBOX XCBO EMLD EDGO GMNI XISX MCRY XMIO ARCO OPRA MPRL XNDQ ' +
  'XBXO C2OX XPHL BATO MXOP IEXG XCHI XCIS IEXG EPRL ARCX DBN'
).split(' ');

/**
 * Our publisher ids of Databento's: 2000 more, because both count from 1.
 *
 * @param dbnId Databento's number
 */
export const publisherIdOf = (dbnId: number): number => 2000 + dbnId;

/** The venue of a publisher; for one that is not known here, the dataset says it. */
export function venueOf(dbnId: number, dataset: string): string {
  return VENUES[dbnId - 1] ?? (dataset.split('.')[0] || 'DBN');
}
