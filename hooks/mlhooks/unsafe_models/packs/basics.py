"""What every model file may hold: plain Python data, numpy, scipy, pandas, joblib."""

from __future__ import annotations

from mlhooks.unsafe_models.packs.pack import Pack

PACKS = (
    Pack(
        "python",
        "Plain data types of the standard library.",
        True,
        """
call _codecs: encode
all _io: BytesIO
object argparse: Namespace
call array: _array_reconstructor array
call builtins: bool bytearray bytes complex dict float frozenset getattr int list range set slice str tuple
object builtins: object
value builtins: Ellipsis NotImplemented abs all any hash len max min print round sorted sum type
made collections: ChainMap Counter OrderedDict defaultdict deque
call copyreg: __newobj__ __newobj_ex__
made copyreg: _reconstructor
call datetime: date datetime time timedelta timezone
all dateutil.relativedelta: relativedelta
all dateutil.tz.tz: tzlocal tzoffset tzutc
call decimal: Decimal
call fractions: Fraction
made functools: partial
call ipaddress: IPv4Address IPv4Network IPv6Address IPv6Network
call pathlib: Path PosixPath PurePath PurePosixPath PureWindowsPath WindowsPath
call pathlib._local: Path PosixPath PurePath PurePosixPath PureWindowsPath WindowsPath
call pytz: _UTC _p
value pytz: UTC
made random: Random
call re: _compile
enum re: RegexFlag
call time: struct_time
made types: SimpleNamespace
value typing: Any Dict List Optional Tuple Union
enum uuid: SafeUUID
object uuid: UUID
call zoneinfo: ZoneInfo._unpickle
value zoneinfo: ZoneInfo
""",
    ),
    Pack(
        "numpy",
        "Arrays, scalars, dtypes, masked and record arrays, generator state; ufuncs and reductions as values.",
        True,
        """
call _codecs: encode
made numpy: dtype
object numpy: poly1d
value numpy: abs absolute acos acosh add allclose amax amin arange arccos arccosh arcsin arcsinh arctan arctan2 arctanh
  argmax argmin argsort around array asanyarray asarray ascontiguousarray asin asinh atan atan2 atanh average
  bitwise_and bitwise_count bitwise_invert bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift bitwise_xor
  bool bool_ byte bytes_ cbrt cdouble ceil clip clongdouble column_stack complex128 complex256 complex64 complex_
  concatenate conj conjugate copysign cos cosh count_nonzero csingle cumprod cumsum datetime64 deg2rad degrees diff
  divide divmod dot double empty equal exp exp2 expand_dims expm1 fabs flip float float128 float16 float32 float64
  float_ float_power floating floor floor_divide fmax fmin fmod frexp full full_like gcd generic greater greater_equal
  half heaviside histogram hstack hypot inexact inner int int16 int32 int64 int8 int_ intc integer interp intp invert
  isclose isfinite isin isinf isnan isnat lcm ldexp left_shift less less_equal linspace log log10 log1p log2 logaddexp
  logaddexp2 logical_and logical_not logical_or logical_xor long longdouble longlong matmul matrix matvec max maximum
  mean median memmap min minimum mod modf multiply nan_to_num nanmax nanmean nanmedian nanmin nanpercentile nanprod
  nanstd nansum nanvar ndarray ndim negative nextafter not_equal number object object_ ones ones_like outer percentile
  positive pow power prod ptp quantile rad2deg radians ravel recarray reciprocal record remainder repeat reshape
  right_shift rint roll round round_ shape short sign signbit sin single sinh size sort spacing sqrt square squeeze
  stack std str str_ string_ subtract sum tan tanh tensordot tile timedelta64 transpose true_divide trunc ubyte uint16
  uint32 uint64 uint8 uintc uintp ulong ulonglong unicode_ unique ushort var vdot vecdot vecmat void vstack where zeros
  zeros_like
call numpy._core: _ufunc_reconstruct
value numpy._core._multiarray_umath: abs absolute acos acosh add arccos arccosh arcsin arcsinh arctan arctan2 arctanh
  asin asinh atan atan2 atanh bitwise_and bitwise_count bitwise_invert bitwise_left_shift bitwise_not bitwise_or
  bitwise_right_shift bitwise_xor cbrt ceil conj conjugate copysign cos cosh deg2rad degrees divide divmod equal exp
  exp2 expm1 fabs float_power floor floor_divide fmax fmin fmod frexp gcd greater greater_equal heaviside hypot invert
  isfinite isinf isnan isnat lcm ldexp left_shift less less_equal log log10 log1p log2 logaddexp logaddexp2 logical_and
  logical_not logical_or logical_xor matmul matvec maximum minimum mod modf multiply negative nextafter not_equal
  positive pow power rad2deg radians reciprocal remainder right_shift rint sign signbit sin sinh spacing sqrt square
  subtract tan tanh true_divide trunc vecdot vecmat
value numpy._core.memmap: memmap
call numpy._core.multiarray: scalar
made numpy._core.multiarray: _reconstruct
call numpy._core.numeric: _frombuffer
value numpy._core.records: recarray record
call numpy.core: _ufunc_reconstruct
value numpy.core._multiarray_umath: abs absolute acos acosh add arccos arccosh arcsin arcsinh arctan arctan2 arctanh
  asin asinh atan atan2 atanh bitwise_and bitwise_count bitwise_invert bitwise_left_shift bitwise_not bitwise_or
  bitwise_right_shift bitwise_xor cbrt ceil conj conjugate copysign cos cosh deg2rad degrees divide divmod equal exp
  exp2 expm1 fabs float_power floor floor_divide fmax fmin fmod frexp gcd greater greater_equal heaviside hypot invert
  isfinite isinf isnan isnat lcm ldexp left_shift less less_equal log log10 log1p log2 logaddexp logaddexp2 logical_and
  logical_not logical_or logical_xor matmul matvec maximum minimum mod modf multiply negative nextafter not_equal
  positive pow power rad2deg radians reciprocal remainder right_shift rint sign signbit sin sinh spacing sqrt square
  subtract tan tanh true_divide trunc vecdot vecmat
value numpy.core.memmap: memmap
call numpy.core.multiarray: scalar
made numpy.core.multiarray: _reconstruct
call numpy.core.numeric: _frombuffer
value numpy.core.records: recarray record
call numpy.dtypes: StringDType
value numpy.dtypes: BoolDType ByteDType BytesDType CLongDoubleDType Complex128DType Complex64DType DateTime64DType
  Float16DType Float32DType Float64DType Int16DType Int32DType Int64DType Int8DType IntDType LongDType LongDoubleDType
  LongLongDType ObjectDType ShortDType StrDType TimeDelta64DType UByteDType UInt16DType UInt32DType UInt64DType
  UInt8DType UIntDType ULongDType ULongLongDType UShortDType VoidDType
object numpy.lib._polynomial_impl: poly1d
object numpy.lib.polynomial: poly1d
value numpy.ma: MaskedArray
made numpy.ma.core: _mareconstruct
value numpy.ma.core: MaskedArray mvoid
value numpy.matrixlib.defmatrix: matrix
object numpy.polynomial.chebyshev: Chebyshev
object numpy.polynomial.hermite: Hermite
object numpy.polynomial.hermite_e: HermiteE
object numpy.polynomial.laguerre: Laguerre
object numpy.polynomial.legendre: Legendre
object numpy.polynomial.polynomial: Polynomial
made numpy.random: __RandomState_ctor
value numpy.random._generator: Generator
value numpy.random._mt19937: MT19937
value numpy.random._pcg64: PCG64 PCG64DXSM
value numpy.random._philox: Philox
made numpy.random._pickle: __bit_generator_ctor __generator_ctor __randomstate_ctor
value numpy.random._sfc64: SFC64
made numpy.random.bit_generator: __pyx_unpickle_SeedSequence __pyx_unpickle_SeedlessSeedSequence
value numpy.random.bit_generator: SeedSequence SeedlessSeedSequence
value numpy.random.mtrand: RandomState
value numpy.rec: recarray record
""",
    ),
    Pack(
        "scipy",
        "Sparse matrices, frozen distributions, interpolators, trees; special functions as values.",
        True,
        """
value scipy._lib.array_api_compat.numpy._aliases: asarray
object scipy.interpolate._bary_rational: AAA FloaterHormannInterpolator
object scipy.interpolate._bsplines: BSpline
object scipy.interpolate._cubic: Akima1DInterpolator CubicHermiteSpline CubicSpline PchipInterpolator
object scipy.interpolate._fitpack2: BivariateSpline InterpolatedUnivariateSpline LSQBivariateSpline
  LSQSphereBivariateSpline LSQUnivariateSpline RectBivariateSpline RectSphereBivariateSpline SmoothBivariateSpline
  SmoothSphereBivariateSpline SphereBivariateSpline UnivariateSpline
object scipy.interpolate._fitpack_repro: Bunch F Fperiodic
object scipy.interpolate._interpnd: CloughTocher2DInterpolator GradientEstimationWarning LinearNDInterpolator
  NDInterpolatorBase
object scipy.interpolate._interpolate: BPoly NdPPoly PPoly interp1d interp2d
value scipy.interpolate._interpolate: interp1d._call_linear interp1d._call_linear_np interp1d._call_nan_spline
  interp1d._call_nearest interp1d._call_nearest_preround interp1d._call_previousnext interp1d._call_spline
object scipy.interpolate._ndbspline: NdBSpline
object scipy.interpolate._ndgriddata: NearestNDInterpolator
object scipy.interpolate._polyint: BarycentricInterpolator KroghInterpolator
object scipy.interpolate._rbf: Rbf
object scipy.interpolate._rbfinterp: RBFInterpolator
object scipy.interpolate._rgi: RegularGridInterpolator
object scipy.interpolate.fitpack2: InterpolatedUnivariateSpline LSQUnivariateSpline RectBivariateSpline
  SmoothBivariateSpline UnivariateSpline
object scipy.interpolate.interpolate: BPoly PPoly interp1d interp2d
value scipy.linalg._basic: det inv lstsq pinv solve
object scipy.optimize._optimize: OptimizeResult
object scipy.optimize.optimize: OptimizeResult
object scipy.sparse._bsr: bsr_array bsr_matrix
object scipy.sparse._coo: coo_array coo_matrix
object scipy.sparse._csc: csc_array csc_matrix
object scipy.sparse._csr: csr_array csr_matrix
object scipy.sparse._dia: dia_array dia_matrix
all scipy.sparse._dok: dok_array dok_matrix
object scipy.sparse._lil: lil_array lil_matrix
object scipy.sparse.bsr: bsr_array bsr_matrix
object scipy.sparse.coo: coo_array coo_matrix
object scipy.sparse.csc: csc_array csc_matrix
object scipy.sparse.csr: csr_array csr_matrix
object scipy.sparse.dia: dia_array dia_matrix
object scipy.sparse.dok: dok_array dok_matrix
object scipy.sparse.lil: lil_array lil_matrix
object scipy.spatial._ckdtree: cKDTree
object scipy.spatial._kdtree: KDTree
object scipy.spatial.ckdtree: cKDTree
value scipy.spatial.distance: braycurtis canberra chebyshev cityblock correlation cosine euclidean hamming jaccard
  mahalanobis minkowski sqeuclidean
call scipy.spatial.transform._rotation: Rotation.from_quat
object scipy.spatial.transform._rotation: Rotation
value scipy.special._basic: comb factorial
value scipy.special._logsumexp: log_softmax logsumexp softmax
value scipy.special._ufuncs: agm airy airye bdtr bdtrc bdtri bdtrik bdtrin bei beip ber berp besselpoly beta betainc
  betaincc betainccinv betaincinv betaln binom boxcox boxcox1p btdtria btdtrib cbrt chdtr chdtrc chdtri chdtriv chndtr
  chndtridf chndtrinc chndtrix cosdg cosm1 cotdg dawsn digamma ellipe ellipeinc ellipj ellipk ellipkinc ellipkm1 elliprc
  elliprd elliprf elliprg elliprj entr erf erfc erfcinv erfcx erfi erfinv eval_chebyc eval_chebys eval_chebyt
  eval_chebyu eval_gegenbauer eval_genlaguerre eval_hermite eval_hermitenorm eval_jacobi eval_laguerre eval_legendre
  eval_sh_chebyt eval_sh_chebyu eval_sh_jacobi eval_sh_legendre exp1 exp10 exp2 expi expit expm1 expn exprel fdtr fdtrc
  fdtri fdtridfd fresnel gamma gammainc gammaincc gammainccinv gammaincinv gammaln gammasgn gdtr gdtrc gdtria gdtrib
  gdtrix hankel1 hankel1e hankel2 hankel2e huber hyp0f1 hyp1f1 hyp2f1 hyperu i0 i0e i1 i1e inv_boxcox inv_boxcox1p
  it2i0k0 it2j0y0 it2struve0 itairy iti0k0 itj0y0 itmodstruve0 itstruve0 iv ive j0 j1 jn jv jve k0 k0e k1 k1e kei keip
  kelvin ker kerp kl_div kn kolmogi kolmogorov kv kve log1p log_expit log_ndtr log_wright_bessel loggamma logit lpmv
  mathieu_a mathieu_b mathieu_cem mathieu_modcem1 mathieu_modcem2 mathieu_modsem1 mathieu_modsem2 mathieu_sem
  modfresnelm modfresnelp modstruve nbdtr nbdtrc nbdtri nbdtrik nbdtrin ncfdtr ncfdtri ncfdtridfd ncfdtridfn ncfdtrinc
  nctdtr nctdtridf nctdtrinc nctdtrit ndtr ndtri ndtri_exp nrdtrimn nrdtrisd obl_ang1 obl_ang1_cv obl_cv obl_rad1
  obl_rad1_cv obl_rad2 obl_rad2_cv owens_t pbdv pbvv pbwa pdtr pdtrc pdtri pdtrik poch powm1 pro_ang1 pro_ang1_cv pro_cv
  pro_rad1 pro_rad1_cv pro_rad2 pro_rad2_cv pseudo_huber psi radian rel_entr rgamma round shichi sici sindg smirnov
  smirnovi spence stdtr stdtridf stdtrit struve tandg tklmbda voigt_profile wofz wright_bessel wrightomega xlog1py xlogy
  y0 y1 yn yv yve zetac
object scipy.stats._continuous_distns: alpha_gen anglit_gen arcsine_gen argus_gen beta_gen betaprime_gen bradford_gen
  burr12_gen burr_gen cauchy_gen chi2_gen chi_gen cosine_gen crystalball_gen dgamma_gen dpareto_lognorm_gen dweibull_gen
  erlang_gen expon_gen exponnorm_gen exponpow_gen exponweib_gen f_gen fatiguelife_gen fisk_gen foldcauchy_gen
  foldnorm_gen gamma_gen gausshyper_gen genexpon_gen genextreme_gen gengamma_gen genhalflogistic_gen genhyperbolic_gen
  geninvgauss_gen genlogistic_gen gennorm_gen genpareto_gen gibrat_gen gompertz_gen gumbel_l_gen gumbel_r_gen
  halfcauchy_gen halfgennorm_gen halflogistic_gen halfnorm_gen hypsecant_gen invgamma_gen invgauss_gen invweibull_gen
  irwinhall_gen jf_skew_t_gen johnsonsb_gen johnsonsu_gen kappa3_gen kappa4_gen ksone_gen kstwo_gen kstwobign_gen
  landau_gen laplace_asymmetric_gen laplace_gen levy_gen levy_l_gen loggamma_gen logistic_gen loglaplace_gen lognorm_gen
  lomax_gen maxwell_gen mielke_gen moyal_gen nakagami_gen ncf_gen nct_gen ncx2_gen norm_gen norminvgauss_gen pareto_gen
  pearson3_gen powerlaw_gen powerlognorm_gen powernorm_gen rayleigh_gen rdist_gen recipinvgauss_gen reciprocal_gen
  rel_breitwigner_gen rice_gen rv_histogram semicircular_gen skewcauchy_gen skewnorm_gen studentized_range_gen t_gen
  trapezoid_gen triang_gen truncexpon_gen truncnorm_gen truncpareto_gen truncweibull_min_gen tukeylambda_gen uniform_gen
  vonmises_gen wald_gen weibull_max_gen weibull_min_gen wrapcauchy_gen
object scipy.stats._discrete_distns: _nchypergeom_gen bernoulli_gen betabinom_gen betanbinom_gen binom_gen boltzmann_gen
  dlaplace_gen geom_gen hypergeom_gen logser_gen nbinom_gen nchypergeom_fisher_gen nchypergeom_wallenius_gen
  nhypergeom_gen planck_gen poisson_binom_gen poisson_binomial_frozen poisson_gen randint_gen skellam_gen yulesimon_gen
  zipf_gen zipfian_gen
object scipy.stats._distn_infrastructure: rv_continuous_frozen rv_discrete_frozen rv_frozen rv_sample
object scipy.stats._kde: gaussian_kde
object scipy.stats._levy_stable: levy_stable_frozen levy_stable_gen
object scipy.stats._multivariate: dirichlet_frozen dirichlet_gen dirichlet_multinomial_frozen dirichlet_multinomial_gen
  invwishart_frozen invwishart_gen matrix_normal_frozen matrix_normal_gen matrix_t_frozen matrix_t_gen multi_rv_frozen
  multinomial_frozen multinomial_gen multivariate_hypergeom_frozen multivariate_hypergeom_gen multivariate_normal_frozen
  multivariate_normal_gen multivariate_t_frozen multivariate_t_gen normal_inverse_gamma_frozen normal_inverse_gamma_gen
  ortho_group_frozen ortho_group_gen random_correlation_frozen random_correlation_gen random_table_frozen
  random_table_gen special_ortho_group_frozen special_ortho_group_gen uniform_direction_frozen uniform_direction_gen
  unitary_group_frozen unitary_group_gen vonmises_fisher_frozen vonmises_fisher_gen wishart_frozen wishart_gen
""",
    ),
    Pack(
        "pandas",
        "Frames, series, indexes, extension arrays and offsets, in the spelling of pandas 1, 2 and 3.",
        True,
        """
all pandas: ArrowDtype Categorical CategoricalDtype DateOffset DatetimeTZDtype IntervalDtype PeriodDtype SparseDtype
  StringDtype
call pandas: Interval Period
object pandas: BooleanDtype DataFrame Float32Dtype Float64Dtype Int16Dtype Int32Dtype Int64Dtype Int8Dtype Series
  UInt16Dtype UInt32Dtype UInt64Dtype UInt8Dtype
value pandas: CategoricalIndex DatetimeIndex Index IntervalIndex MultiIndex NA NaT PeriodIndex RangeIndex Timedelta
  TimedeltaIndex Timestamp
made pandas._libs.arrays: __pyx_unpickle_NDArrayBacked
all pandas._libs.internals: BlockPlacement
call pandas._libs.internals: _unpickle_block
object pandas._libs.internals: BlockManager
call pandas._libs.interval: Interval
made pandas._libs.interval: __pyx_unpickle_IntervalMixin
value pandas._libs.missing: NAType
call pandas._libs.sparse: BlockIndex IntIndex
call pandas._libs.tslibs.nattype: _nat_unpickle
all pandas._libs.tslibs.offsets: BDay BHalfYearBegin BHalfYearEnd BMonthBegin BMonthEnd BQuarterBegin BQuarterEnd
  BYearBegin BYearEnd BusinessDay BusinessHour BusinessMixin BusinessMonthBegin BusinessMonthEnd CBMonthBegin CBMonthEnd
  CDay CustomBusinessDay CustomBusinessHour CustomBusinessMonthBegin CustomBusinessMonthEnd DateOffset Day Easter FY5253
  FY5253Mixin FY5253Quarter HalfYearBegin HalfYearEnd HalfYearOffset Hour LastWeekOfMonth Micro Milli Minute MonthBegin
  MonthEnd MonthOffset Nano QuarterBegin QuarterEnd QuarterOffset Second SemiMonthBegin SemiMonthEnd SemiMonthOffset
  Week WeekOfMonth WeekOfMonthMixin YearBegin YearEnd YearOffset
call pandas._libs.tslibs.period: Period
call pandas._libs.tslibs.timedeltas: Timedelta _timedelta_unpickle
call pandas._libs.tslibs.timestamps: Timestamp _unpickle_timestamp
object pandas.arrays: ArrowExtensionArray ArrowStringArray BooleanArray Categorical DatetimeArray FloatingArray
  IntegerArray IntervalArray NumpyExtensionArray PandasArray PeriodArray SparseArray StringArray TimedeltaArray
object pandas.core.arrays.arrow.array: ArrowExtensionArray
object pandas.core.arrays.arrow.dtype: ArrowDtype
object pandas.core.arrays.boolean: BooleanArray BooleanDtype
object pandas.core.arrays.categorical: Categorical
object pandas.core.arrays.datetimes: DatetimeArray
object pandas.core.arrays.floating: Float32Dtype Float64Dtype FloatingArray
object pandas.core.arrays.integer: Int16Dtype Int32Dtype Int64Dtype Int8Dtype IntegerArray UInt16Dtype UInt32Dtype
  UInt64Dtype UInt8Dtype
object pandas.core.arrays.interval: IntervalArray
object pandas.core.arrays.numpy_: NumpyEADtype NumpyExtensionArray PandasArray PandasDtype
object pandas.core.arrays.period: PeriodArray
object pandas.core.arrays.sparse: SparseArray SparseDtype
object pandas.core.arrays.sparse.array: SparseArray
object pandas.core.arrays.sparse.dtype: SparseDtype
all pandas.core.arrays.string_: StringDtype
object pandas.core.arrays.string_: StringArray
object pandas.core.arrays.string_arrow: ArrowStringArray ArrowStringArrayNumpySemantics
object pandas.core.arrays.timedeltas: TimedeltaArray
all pandas.core.dtypes.dtypes: ArrowDtype CategoricalDtype DatetimeTZDtype IntervalDtype PeriodDtype SparseDtype
object pandas.core.dtypes.dtypes: NumpyEADtype
object pandas.core.frame: DataFrame
value pandas.core.indexes.api: Index
call pandas.core.indexes.base: _new_Index
value pandas.core.indexes.base: Index
value pandas.core.indexes.category: CategoricalIndex
call pandas.core.indexes.datetimes: _new_DatetimeIndex
value pandas.core.indexes.datetimes: DatetimeIndex
object pandas.core.indexes.frozen: FrozenList
call pandas.core.indexes.interval: _new_IntervalIndex
value pandas.core.indexes.interval: IntervalIndex
value pandas.core.indexes.multi: MultiIndex
value pandas.core.indexes.numeric: Float64Index Int64Index NumericIndex UInt64Index
call pandas.core.indexes.period: _new_PeriodIndex
value pandas.core.indexes.period: PeriodIndex
value pandas.core.indexes.range: RangeIndex
value pandas.core.indexes.timedeltas: TimedeltaIndex
object pandas.core.internals.blocks: BoolBlock CategoricalBlock DatetimeBlock ExtensionBlock FloatBlock IntBlock
  NumericBlock ObjectBlock
all pandas.core.internals.managers: BlockManager SingleBlockManager
object pandas.core.series: Series
all pandas.tseries.offsets: DateOffset
""",
    ),
    Pack(
        "joblib",
        "The place holder that joblib writes in front of the bytes of an array.",
        True,
        """
object joblib.numpy_pickle: NumpyArrayWrapper
object sklearn.externals.joblib.numpy_pickle: NumpyArrayWrapper
""",
    ),
)
