/**
 * Makes volumes of NIfTI files: slices of a chosen plane, in the orientation that radiologists use,
 * for any order of the file's axes.
 */
import { type FailedFile, failure } from "./dicom";
import { columnOf, length } from "./geometry";
import { COARSE, isCoarse, percentileWindow } from "./grey-window";
import { type NiftiFile, readNiftiHeader } from "./nifti/header";
import { allValues, readVoxels, valueReader, type Voxels } from "./nifti/voxels";
import { gridOf, planeValues, type SliceAxes, sliceAxes } from "./slice-axes";
import { isPlausibleSpacing } from "./square-pixels";
import { type Chosen, partName, partNotes, selectParts } from "./time-points";
import {
  DEFAULT_PERCENTILES,
  givenWindow,
  selectSlices,
  type Volume,
  type VolumeOptions,
  type VolumeSlice,
} from "./volume";

const NOT_PLAUSIBLE = "the voxel sizes in the header are not plausible: there are no millimeters";
const INVALID_RESCALING =
  "the rescaling in the header (scl_slope, scl_inter) is invalid: the values are the stored numbers";

/**
 * Opens the volumes of a NIfTI file: one, unless it has several and all of them are chosen. The
 * volumes before one that cannot be read are opened.
 * @param file the file, or one of the two files of a pair
 * @throws when the header cannot be read, or there are several volumes and none is chosen; the
 * message does not name the file
 */
export async function openNifti(
  file: string,
  options: VolumeOptions = {},
): Promise<{ readonly volumes: Volume[]; readonly failed: FailedFile[] }> {
  givenWindow(options);
  const nifti = await readNiftiHeader(file);
  const labels = Array.from({ length: nifti.count }, () => ({ label: "" }));
  const volumes: Volume[] = [];
  const failed: FailedFile[] = [];
  for (const part of selectParts(labels, options.timePoint)) {
    const name = partName(nifti.file, part, options.timePoint);
    const read = () => readVoxels(nifti, part.timePoint, options.timePoint === "all");
    try {
      // Reading now shows whether the file is complete.
      await read();
    } catch (error) {
      failed.push(failure(name, error));
      // The volumes after this one are missing too.
      break;
    }
    try {
      volumes.push(await volumeOf(nifti, { ...part, name, read }, options));
    } catch (error) {
      failed.push(failure(name, error));
    }
  }
  return { volumes, failed };
}

/** A volume of a file, and how its voxels are read. */
type ReadablePart = Chosen<{
  readonly name: string;
  readonly label: string;
  readonly read: () => Promise<Voxels>;
}>;

async function volumeOf(
  nifti: NiftiFile,
  part: ReadablePart,
  options: VolumeOptions,
): Promise<Volume> {
  const { name, read } = part;
  const plane = options.plane ?? "axial";
  const axes = sliceAxes(nifti.axes, plane);
  const geometry = sliceGeometry(nifti, axes);
  const { position } = geometry;
  const notes = [...partNotes(part), ...geometry.notes];
  const indices = Array.from({ length: nifti.shape[axes.through] }, (_, index) => ({ index }));
  const selected = selectSlices(name, indices, options.slices);
  const window =
    givenWindow(options) ??
    percentileWindow(allValues(nifti, await read()), options.percentiles ?? DEFAULT_PERCENTILES);
  if (isCoarse(window)) notes.push(COARSE);
  const slices = selected.map(({ index }): VolumeSlice => ({
    index,
    file: nifti.file,
    width: nifti.shape[axes.across.axis],
    height: nifti.shape[axes.down.axis],
    spacing: geometry.spacing,
    grid: position && gridOf(position, { shape: nifti.shape, axes, index }),
    window,
    inverted: false,
  }));
  return {
    name,
    format: "NIfTI",
    space: position ? "RAS" : null,
    plane,
    slices,
    notes,
    read: async ({ index }) => {
      try {
        const valueAt = valueReader(nifti, await read());
        return planeValues(valueAt, { shape: nifti.shape, axes, index });
      } catch (error) {
        throw new Error(failure(nifti.file, error).message, { cause: error });
      }
    },
  };
}

/** The spacing and the position of slices, as far as the header has plausible ones. */
function sliceGeometry(
  nifti: NiftiFile,
  { across, down }: SliceAxes,
): {
  readonly spacing: VolumeSlice["spacing"];
  readonly position: NiftiFile["affine"];
  readonly notes: string[];
} {
  const { axes, affine, hasSpacing, shape, header } = nifti;
  const notes = [...nifti.notes];
  const { scl_slope, scl_inter } = header;
  if (scl_slope !== 0 && Number.isFinite(scl_slope) && !Number.isFinite(scl_inter))
    notes.push(INVALID_RESCALING);
  if (!hasSpacing) return { spacing: null, position: null, notes };
  const sides = [across, down].map(({ axis }) => length(columnOf(axes, axis)));
  const spacing = [sides[0], sides[1]] as const;
  const size = { width: shape[across.axis], height: shape[down.axis] };
  if (isPlausibleSpacing(size, spacing)) return { spacing, position: affine, notes };
  return { spacing: null, position: null, notes: [...notes, NOT_PLAUSIBLE] };
}
