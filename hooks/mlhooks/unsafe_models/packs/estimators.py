"""Classic machine learning."""

from __future__ import annotations

from mlhooks.unsafe_models.packs.pack import Pack

PACKS = (
    Pack(
        "sklearn",
        "Fitted estimators and what they hold: trees, losses, kernels, scorers, splitters; metrics as values.",
        True,
        """
made sklearn._loss._loss: CyAbsoluteError CyExponentialLoss CyHalfBinomialLoss CyHalfGammaLoss CyHalfMultinomialLoss
  CyHalfPoissonLoss CyHalfSquaredError CyHalfTweedieLoss CyHalfTweedieLossIdentity CyHuberLoss CyPinballLoss
  __pyx_unpickle_CyHalfMultinomialLoss
object sklearn._loss.link: HalfLogitLink IdentityLink Interval LogLink LogitLink MultinomialLogit
object sklearn._loss.loss: AbsoluteError ExponentialLoss HalfBinomialLoss HalfBinomialLossArrayAPI HalfGammaLoss
  HalfMultinomialLoss HalfMultinomialLossArrayAPI HalfPoissonLoss HalfPoissonLossArrayAPI HalfSquaredError
  HalfTweedieLoss HalfTweedieLossIdentity HuberLoss PinballLoss
object sklearn.calibration: CalibratedClassifierCV CalibrationDisplay _CalibratedClassifier _SigmoidCalibration
  _TemperatureScaling
object sklearn.cluster._affinity_propagation: AffinityPropagation
object sklearn.cluster._agglomerative: AgglomerativeClustering FeatureAgglomeration
object sklearn.cluster._bicluster: SpectralBiclustering SpectralCoclustering
object sklearn.cluster._birch: Birch _CFNode _CFSubcluster
object sklearn.cluster._bisect_k_means: BisectingKMeans _BisectingTree
object sklearn.cluster._dbscan: DBSCAN
object sklearn.cluster._hdbscan.hdbscan: HDBSCAN
object sklearn.cluster._kmeans: KMeans MiniBatchKMeans
value sklearn.cluster._kmeans: _kmeans_single_elkan _kmeans_single_lloyd
object sklearn.cluster._mean_shift: MeanShift
object sklearn.cluster._optics: OPTICS
object sklearn.cluster._spectral: SpectralClustering
object sklearn.compose._column_transformer: ColumnTransformer make_column_selector
object sklearn.compose._target: TransformedTargetRegressor
object sklearn.covariance._elliptic_envelope: EllipticEnvelope
object sklearn.covariance._empirical_covariance: EmpiricalCovariance
object sklearn.covariance._graph_lasso: GraphicalLasso GraphicalLassoCV
object sklearn.covariance._robust_covariance: MinCovDet
object sklearn.covariance._shrunk_covariance: LedoitWolf OAS ShrunkCovariance
object sklearn.cross_decomposition._pls: CCA PLSCanonical PLSRegression PLSSVD _PLS
object sklearn.datasets.base: Bunch
object sklearn.decomposition._dict_learning: DictionaryLearning MiniBatchDictionaryLearning SparseCoder
object sklearn.decomposition._factor_analysis: FactorAnalysis
object sklearn.decomposition._fastica: FastICA
value sklearn.decomposition._fastica: _cube _exp _logcosh
object sklearn.decomposition._incremental_pca: IncrementalPCA
object sklearn.decomposition._kernel_pca: KernelPCA
object sklearn.decomposition._lda: LatentDirichletAllocation
object sklearn.decomposition._nmf: MiniBatchNMF NMF
object sklearn.decomposition._pca: PCA
object sklearn.decomposition._sparse_pca: MiniBatchSparsePCA SparsePCA
object sklearn.decomposition._truncated_svd: TruncatedSVD
object sklearn.discriminant_analysis: LinearDiscriminantAnalysis QuadraticDiscriminantAnalysis
object sklearn.dummy: DummyClassifier DummyRegressor
object sklearn.ensemble._bagging: BaggingClassifier BaggingRegressor
object sklearn.ensemble._forest: ExtraTreesClassifier ExtraTreesRegressor ForestClassifier ForestRegressor
  RandomForestClassifier RandomForestRegressor RandomTreesEmbedding
object sklearn.ensemble._gb: GradientBoostingClassifier GradientBoostingRegressor
object sklearn.ensemble._gb_losses: BinomialDeviance ExponentialLoss HuberLossFunction LeastAbsoluteError
  LeastSquaresError MultinomialDeviance QuantileLossFunction
object sklearn.ensemble._hist_gradient_boosting.binning: _BinMapper
object sklearn.ensemble._hist_gradient_boosting.common: MonotonicConstraint
object sklearn.ensemble._hist_gradient_boosting.gradient_boosting: HistGradientBoostingClassifier
  HistGradientBoostingRegressor
object sklearn.ensemble._hist_gradient_boosting.loss: BinaryCrossEntropy CategoricalCrossEntropy LeastAbsoluteDeviation
  LeastSquares Poisson
object sklearn.ensemble._hist_gradient_boosting.predictor: TreePredictor
object sklearn.ensemble._iforest: IsolationForest
object sklearn.ensemble._stacking: StackingClassifier StackingRegressor
object sklearn.ensemble._voting: VotingClassifier VotingRegressor
object sklearn.ensemble._weight_boosting: AdaBoostClassifier AdaBoostRegressor
object sklearn.ensemble.gradient_boosting: BinomialDeviance ExponentialLoss HuberLossFunction LeastAbsoluteError
  LeastSquaresError LogOddsEstimator MeanEstimator MultinomialDeviance PriorProbabilityEstimator QuantileEstimator
  QuantileLossFunction ScaledLogOddsEstimator ZeroEstimator
object sklearn.feature_extraction._dict_vectorizer: DictVectorizer
object sklearn.feature_extraction._hash: FeatureHasher
object sklearn.feature_extraction.image: PatchExtractor
object sklearn.feature_extraction.text: CountVectorizer HashingVectorizer TfidfTransformer TfidfVectorizer
object sklearn.feature_selection._from_model: SelectFromModel
value sklearn.feature_selection._mutual_info: mutual_info_classif mutual_info_regression
object sklearn.feature_selection._rfe: RFE RFECV
object sklearn.feature_selection._sequential: SequentialFeatureSelector
object sklearn.feature_selection._univariate_selection: GenericUnivariateSelect SelectFdr SelectFpr SelectFwe
  SelectKBest SelectPercentile
value sklearn.feature_selection._univariate_selection: chi2 f_classif f_oneway f_regression r_regression
object sklearn.feature_selection._variance_threshold: VarianceThreshold
object sklearn.frozen._frozen: FrozenEstimator
object sklearn.gaussian_process._gpc: GaussianProcessClassifier _BinaryGaussianProcessClassifierLaplace
object sklearn.gaussian_process._gpr: GaussianProcessRegressor
object sklearn.gaussian_process.kernels: CompoundKernel ConstantKernel DotProduct ExpSineSquared Exponentiation
  Hyperparameter KernelOperator Matern PairwiseKernel Product RBF RationalQuadratic Sum WhiteKernel
object sklearn.impute: MissingIndicator SimpleImputer
object sklearn.impute._base: MissingIndicator SimpleImputer
object sklearn.impute._iterative: IterativeImputer _ImputerTriplet
object sklearn.impute._knn: KNNImputer
object sklearn.isotonic: IsotonicRegression
object sklearn.kernel_approximation: AdditiveChi2Sampler Nystroem PolynomialCountSketch RBFSampler SkewedChi2Sampler
object sklearn.kernel_ridge: KernelRidge
object sklearn.linear_model._base: LinearModel LinearRegression MultiOutputLinearModel
object sklearn.linear_model._bayes: ARDRegression BayesianRidge
object sklearn.linear_model._coordinate_descent: ElasticNet ElasticNetCV Lasso LassoCV LinearModelCV MultiTaskElasticNet
  MultiTaskElasticNetCV MultiTaskLasso MultiTaskLassoCV
object sklearn.linear_model._glm.glm: GammaRegressor PoissonRegressor TweedieRegressor _GeneralizedLinearRegressor
object sklearn.linear_model._huber: HuberRegressor
object sklearn.linear_model._least_angle: Lars LarsCV LassoLars LassoLarsCV LassoLarsIC
object sklearn.linear_model._linear_loss: LinearModelLoss
object sklearn.linear_model._logistic: LogisticRegression LogisticRegressionCV _LbfgsCallbackBridge
object sklearn.linear_model._omp: OrthogonalMatchingPursuit OrthogonalMatchingPursuitCV
object sklearn.linear_model._passive_aggressive: PassiveAggressiveClassifier PassiveAggressiveRegressor
object sklearn.linear_model._perceptron: Perceptron
object sklearn.linear_model._quantile: QuantileRegressor
object sklearn.linear_model._ransac: RANSACRegressor
object sklearn.linear_model._ridge: Ridge RidgeCV RidgeClassifier RidgeClassifierCV _IdentityClassifier
  _IdentityRegressor _RidgeGCV _XT_CenterStackOp _X_CenterStackOp
made sklearn.linear_model._sgd_fast: Classification EpsilonInsensitive Hinge Huber Log ModifiedHuber Regression
  SquaredEpsilonInsensitive SquaredHinge SquaredLoss
object sklearn.linear_model._stochastic_gradient: SGDClassifier SGDOneClassSVM SGDRegressor _ValidationScoreCallback
object sklearn.linear_model._theil_sen: TheilSenRegressor
object sklearn.manifold._classical_mds: ClassicalMDS
object sklearn.manifold._isomap: Isomap
object sklearn.manifold._locally_linear: LocallyLinearEmbedding
object sklearn.manifold._mds: MDS
object sklearn.manifold._spectral_embedding: SpectralEmbedding
object sklearn.manifold._t_sne: TSNE
value sklearn.manifold._t_sne: _kl_divergence
value sklearn.metrics._classification: accuracy_score balanced_accuracy_score brier_score_loss class_likelihood_ratios
  classification_report cohen_kappa_score confusion_matrix d2_brier_score d2_log_loss_score f1_score fbeta_score
  hamming_loss hinge_loss jaccard_score log_loss matthews_corrcoef multilabel_confusion_matrix
  precision_recall_fscore_support precision_score recall_score zero_one_loss
made sklearn.metrics._dist_metrics: newObj
object sklearn.metrics._dist_metrics: BrayCurtisDistance BrayCurtisDistance32 BrayCurtisDistance64 CanberraDistance
  CanberraDistance32 CanberraDistance64 ChebyshevDistance ChebyshevDistance32 ChebyshevDistance64 DiceDistance
  DiceDistance32 DiceDistance64 DistanceMetric32 DistanceMetric64 EuclideanDistance EuclideanDistance32
  EuclideanDistance64 HammingDistance HammingDistance32 HammingDistance64 HaversineDistance HaversineDistance32
  HaversineDistance64 JaccardDistance JaccardDistance32 JaccardDistance64 KulsinskiDistance KulsinskiDistance32
  KulsinskiDistance64 MahalanobisDistance MahalanobisDistance32 MahalanobisDistance64 ManhattanDistance
  ManhattanDistance32 ManhattanDistance64 MatchingDistance MatchingDistance32 MatchingDistance64 MinkowskiDistance
  MinkowskiDistance32 MinkowskiDistance64 RogersTanimotoDistance RogersTanimotoDistance32 RogersTanimotoDistance64
  RussellRaoDistance RussellRaoDistance32 RussellRaoDistance64 SEuclideanDistance SEuclideanDistance32
  SEuclideanDistance64 SokalMichenerDistance SokalMichenerDistance32 SokalMichenerDistance64 SokalSneathDistance
  SokalSneathDistance32 SokalSneathDistance64
value sklearn.metrics._ranking: auc average_precision_score confusion_matrix_at_thresholds coverage_error dcg_score
  det_curve label_ranking_average_precision_score label_ranking_loss metric_at_thresholds ndcg_score
  precision_recall_curve roc_auc_score roc_curve top_k_accuracy_score
value sklearn.metrics._regression: d2_absolute_error_score d2_pinball_score d2_tweedie_score explained_variance_score
  max_error mean_absolute_error mean_absolute_percentage_error mean_gamma_deviance mean_pinball_loss
  mean_poisson_deviance mean_squared_error mean_squared_log_error mean_tweedie_deviance median_absolute_error r2_score
  root_mean_squared_error root_mean_squared_log_error
object sklearn.metrics._scorer: _CurveScorer _MultimetricScorer _PassthroughScorer _Scorer
value sklearn.metrics._scorer: _passthrough_scorer
value sklearn.metrics.cluster._bicluster: consensus_score
value sklearn.metrics.cluster._supervised: adjusted_mutual_info_score adjusted_rand_score completeness_score
  fowlkes_mallows_score homogeneity_completeness_v_measure homogeneity_score mutual_info_score
  normalized_mutual_info_score pair_confusion_matrix rand_score v_measure_score
value sklearn.metrics.cluster._unsupervised: calinski_harabasz_score davies_bouldin_score silhouette_samples
  silhouette_score
value sklearn.metrics.pairwise: additive_chi2_kernel chi2_kernel cosine_similarity euclidean_distances laplacian_kernel
  linear_kernel nan_euclidean_distances pairwise_distances pairwise_distances_argmin pairwise_distances_argmin_min
  pairwise_distances_chunked pairwise_kernels polynomial_kernel rbf_kernel sigmoid_kernel
object sklearn.mixture._bayesian_mixture: BayesianGaussianMixture
object sklearn.mixture._gaussian_mixture: GaussianMixture
object sklearn.model_selection._classification_threshold: FixedThresholdClassifier TunedThresholdClassifierCV
object sklearn.model_selection._search: GridSearchCV ParameterGrid ParameterSampler RandomizedSearchCV
object sklearn.model_selection._search_successive_halving: HalvingGridSearchCV HalvingRandomSearchCV
  _SubsampleMetaSplitter
object sklearn.model_selection._split: GroupKFold GroupShuffleSplit KFold LeaveOneGroupOut LeaveOneOut LeavePGroupsOut
  LeavePOut PredefinedSplit RepeatedKFold RepeatedStratifiedKFold ShuffleSplit StratifiedGroupKFold StratifiedKFold
  StratifiedShuffleSplit TimeSeriesSplit _CVIterableWrapper _RepeatedSplits
object sklearn.multiclass: OneVsOneClassifier OneVsRestClassifier OutputCodeClassifier _ConstantPredictor
object sklearn.multioutput: ClassifierChain MultiOutputClassifier MultiOutputRegressor RegressorChain
  _MultiOutputEstimator
object sklearn.naive_bayes: BernoulliNB CategoricalNB ComplementNB GaussianNB MultinomialNB
made sklearn.neighbors._ball_tree: newObj
object sklearn.neighbors._ball_tree: BallTree BallTree32 BallTree64 BinaryTree32 BinaryTree64
object sklearn.neighbors._base: NeighborsBase
object sklearn.neighbors._classification: KNeighborsClassifier RadiusNeighborsClassifier
made sklearn.neighbors._dist_metrics: newObj
object sklearn.neighbors._dist_metrics: BrayCurtisDistance CanberraDistance ChebyshevDistance DiceDistance
  EuclideanDistance HammingDistance HaversineDistance JaccardDistance KulsinskiDistance MahalanobisDistance
  ManhattanDistance MatchingDistance MinkowskiDistance RogersTanimotoDistance RussellRaoDistance SEuclideanDistance
  SokalMichenerDistance SokalSneathDistance
object sklearn.neighbors._graph: KNeighborsTransformer RadiusNeighborsTransformer
made sklearn.neighbors._kd_tree: newObj
object sklearn.neighbors._kd_tree: BinaryTree32 BinaryTree64 KDTree KDTree32 KDTree64
object sklearn.neighbors._kde: KernelDensity
object sklearn.neighbors._lof: LocalOutlierFactor
object sklearn.neighbors._nca: NeighborhoodComponentsAnalysis
object sklearn.neighbors._nearest_centroid: NearestCentroid
object sklearn.neighbors._regression: KNeighborsRegressor RadiusNeighborsRegressor
object sklearn.neighbors._unsupervised: NearestNeighbors
made sklearn.neighbors.ball_tree: newObj
made sklearn.neighbors.dist_metrics: newObj
object sklearn.neighbors.dist_metrics: BrayCurtisDistance CanberraDistance ChebyshevDistance DiceDistance
  EuclideanDistance HammingDistance HaversineDistance JaccardDistance KulsinskiDistance MahalanobisDistance
  ManhattanDistance MatchingDistance MinkowskiDistance RogersTanimotoDistance RussellRaoDistance SEuclideanDistance
  SokalMichenerDistance SokalSneathDistance
made sklearn.neighbors.kd_tree: newObj
object sklearn.neural_network._multilayer_perceptron: MLPClassifier MLPRegressor
object sklearn.neural_network._rbm: BernoulliRBM
object sklearn.neural_network._stochastic_optimizers: AdamOptimizer
object sklearn.pipeline: FeatureUnion Pipeline
object sklearn.preprocessing._data: Binarizer CategoricalEncoder KernelCenterer MaxAbsScaler MinMaxScaler Normalizer
  PolynomialFeatures PowerTransformer QuantileTransformer RobustScaler StandardScaler
object sklearn.preprocessing._discretization: KBinsDiscretizer
object sklearn.preprocessing._encoders: OneHotEncoder OrdinalEncoder
object sklearn.preprocessing._function_transformer: FunctionTransformer
object sklearn.preprocessing._label: LabelBinarizer LabelEncoder MultiLabelBinarizer
object sklearn.preprocessing._polynomial: PolynomialFeatures SplineTransformer
object sklearn.preprocessing._target_encoder: TargetEncoder
object sklearn.preprocessing.imputation: Imputer
object sklearn.random_projection: GaussianRandomProjection SparseRandomProjection
object sklearn.semi_supervised._label_propagation: LabelPropagation LabelSpreading
object sklearn.semi_supervised._self_training: SelfTrainingClassifier
object sklearn.svm._classes: LinearSVC LinearSVR NuSVC NuSVR OneClassSVM SVC SVR
object sklearn.tree._classes: DecisionTreeClassifier DecisionTreeRegressor ExtraTreeClassifier ExtraTreeRegressor
made sklearn.tree._criterion: ClassificationCriterion Entropy Gini MAE MSE Poisson RegressionCriterion
made sklearn.tree._splitter: BestSparseSplitter BestSplitter RandomSparseSplitter RandomSplitter
made sklearn.tree._tree: Tree
object sklearn.utils: Bunch
object sklearn.utils._bunch: Bunch
object sklearn.utils._metadata_requests: MetadataRequest MetadataRouter MethodMapping MethodMetadataRequest MethodPair
object sklearn.utils._seq_dataset: ArrayDataset32 ArrayDataset64 CSRDataset32 CSRDataset64 SequentialDataset32
  SequentialDataset64
object sklearn.utils._weight_vector: WeightVector32 WeightVector64
""",
    ),
    Pack(
        "xgboost",
        "The state of a booster is the native model.",
        True,
        """
object xgboost.callback: EarlyStopping EvaluationMonitor LearningRateScheduler
object xgboost.compat: XGBoostLabelEncoder
object xgboost.core: Booster
object xgboost.sklearn: XGBClassifier XGBModel XGBRFClassifier XGBRFRegressor XGBRanker XGBRegressor
""",
    ),
    Pack(
        "lightgbm",
        "The state of a booster is the text of the model.",
        True,
        """
object lightgbm.basic: Booster
object lightgbm.callback: _EarlyStoppingCallback _LogEvaluationCallback _RecordEvaluationCallback
object lightgbm.compat: _LGBMLabelEncoder
object lightgbm.sklearn: LGBMClassifier LGBMModel LGBMRanker LGBMRegressor
""",
    ),
    Pack(
        "catboost",
        "The state is a native blob.",
        True,
        """
object catboost.core: CatBoost CatBoostClassifier CatBoostRanker CatBoostRegressor
""",
    ),
    Pack(
        "statsmodels",
        "Results and their wrappers.",
        True,
        """
object statsmodels.base.data: ModelData PandasData
object statsmodels.discrete.discrete_model: BinaryResults BinaryResultsWrapper Logit LogitResults Poisson PoissonResults
  PoissonResultsWrapper
object statsmodels.genmod.generalized_linear_model: GLM GLMResults GLMResultsWrapper
object statsmodels.regression.linear_model: GLS OLS OLSResults RegressionResults RegressionResultsWrapper WLS
""",
    ),
    Pack(
        "nltk",
        "Tokenisers, taggers, probability distributions.",
        True,
        """
object nltk.classify.naivebayes: NaiveBayesClassifier
all nltk.probability: FreqDist
object nltk.probability: ConditionalFreqDist ELEProbDist LidstoneProbDist MLEProbDist
object nltk.tag.perceptron: AveragedPerceptron PerceptronTagger
object nltk.tag.sequential: BigramTagger DefaultTagger RegexpTagger TrigramTagger UnigramTagger
object nltk.tokenize.punkt: PunktLanguageVars PunktParameters PunktSentenceTokenizer PunktToken PunktTrainer
""",
    ),
    Pack(
        "gensim",
        "Word vectors and topic models.",
        True,
        """
object gensim.corpora.dictionary: Dictionary
object gensim.models.doc2vec: Doc2Vec Doc2VecTrainables Doc2VecVocab
object gensim.models.fasttext: FastText FastTextKeyedVectors
object gensim.models.keyedvectors: KeyedVectors Vocab Word2VecKeyedVectors
object gensim.models.ldamodel: LdaModel LdaState
object gensim.models.phrases: FrozenPhrases Phraser Phrases
object gensim.models.tfidfmodel: TfidfModel
object gensim.models.word2vec: Word2Vec Word2VecTrainables Word2VecVocab
value gensim.utils: call_on_class_only
""",
    ),
)
